// The button beside lines of code copies them.

import { find } from '../../client/dom.js';

/**
 * Copy the lines that a button stands beside; where the browser forbids it they are selected, to be copied by hand.
 * @param {Element} button
 */
async function copy(button) {
  const lines = /** @type {HTMLElement} */ (button.closest('.lab-lines'));
  const code = find(lines, 'code', HTMLElement);
  const said = find(lines, 'output', HTMLOutputElement);
  said.value = '';
  try {
    await navigator.clipboard.writeText(code.textContent);
    said.value = said.dataset.copied ?? '';
  } catch {
    getSelection()?.selectAllChildren(code);
  }
}

/** Listen for the buttons. */
export function listen() {
  document.addEventListener('click', ({ target }) => {
    const button = target instanceof Element && target.closest('.lab-lines .copy');
    if (button) copy(button);
  });
}
