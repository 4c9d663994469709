// A fault of gradio: as a drawer is first opened, it draws the fields and, a frame or two later, writes what stood in
// them once more. What was entered by then would be gone, so none can be entered until then.

const FRAMES = 4; // after the fields are drawn

/** @param {HTMLElement} drawer */
function settle(drawer) {
  drawer.dataset.settles = '';
  let left = FRAMES;
  const look = () => {
    if (drawer.querySelector('.block')) left--;
    if (left) requestAnimationFrame(look);
    else delete drawer.dataset.settles;
  };
  requestAnimationFrame(look);
}

/** Hold the fields of each drawer back until they can be filled. */
export function listen() {
  document.addEventListener(
    'click',
    ({ target }) => {
      const drawer = /** @type {Element} */ (target).closest('.gr-accordion > button')?.parentElement;
      if (drawer && !drawer.querySelector('.block')) settle(drawer);
    },
    true,
  );
}
