// Pictures from anywhere: dropped on the page, or by the button at the top.

/** @param {FileList | null | undefined} files */
function take(files) {
  const input = document.querySelector('#picture input[type=file]');
  if (!(input instanceof HTMLInputElement) || !files?.length) return;
  input.files = files;
  input.dispatchEvent(new Event('change', { bubbles: true }));
}

/** Take what is dropped or opened outside the fields for pictures. */
export function listen() {
  document.addEventListener('dragover', (e) => e.preventDefault());
  document.addEventListener('drop', (e) => {
    if (/** @type {Element} */ (e.target).closest('#picture, #original')) return;
    e.preventDefault();
    take(e.dataTransfer?.files);
  });
  document.addEventListener('change', (e) => {
    const opener = e.target;
    if (!(opener instanceof HTMLInputElement) || opener.id !== 'open') return;
    take(opener.files);
    opener.value = '';
  });
}
