// A row of small pictures, each a button; thumbnails.py says what a value is.

import { find } from '../../client/dom.js';

/**
 * @typedef {{ file: { url: string } | null, caption: string, key: string, at?: number | null }} Item
 */

const STEPS = /** @type {Record<string, number>} */ ({ ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 });

/**
 * Fill the row in an element; runs once per component.
 * @param {HTMLElement} element
 * @param {{ value: Item[] | null }} props
 * @param {(name: string, changed: () => void) => void} watch
 * @param {(event: string, told: { index: number, value: string }) => void} trigger
 */
export function mount(element, props, watch, trigger) {
  /** @type {HTMLButtonElement[]} */
  let buttons = [];
  const held = () => buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));

  /** Show which one is chosen, and let Tab reach that one, or the first. */
  function show() {
    const outer = element.closest('[data-chosen]');
    const chosen = outer instanceof HTMLElement ? outer.dataset.chosen : '';
    const at = buttons.findIndex(({ dataset }) => dataset.key && dataset.key === chosen);
    buttons.forEach((button, i) => {
      if (button.dataset.key) button.setAttribute('aria-pressed', String(i === at));
      button.tabIndex = i === Math.max(at, 0) ? 0 : -1;
    });
  }

  /** Draw the row again; the place that had the focus keeps it. */
  function draw() {
    const captioned = !!element.querySelector('.thumbnails h3');
    const focused = held();
    buttons = (props.value ?? []).map((item, index) => {
      const button = made(item, captioned);
      button.onclick = () => trigger('select', { index, value: item.key });
      return button;
    });
    find(element, '.row', HTMLElement).replaceChildren(...buttons);
    show();
    buttons[focused]?.focus();
  }

  element.addEventListener('keydown', (e) => {
    const at = held();
    const to = { Home: 0, End: buttons.length - 1 }[e.key] ?? at + (STEPS[e.key] ?? 0);
    if (at < 0 || to === at || !buttons[to]) return;
    e.preventDefault();
    buttons[to]?.focus();
  });
  document.addEventListener('chosen', show);
  watch('value', draw);
  draw();
}

/**
 * Make the button of one picture.
 * @param {Item} item
 * @param {boolean} captioned
 */
function made({ file, caption, key, at }, captioned) {
  const button = document.createElement('button');
  button.type = 'button';
  button.dataset.key = key;
  const picture = document.createElement('img');
  Object.assign(picture, { loading: 'lazy', decoding: 'async', alt: captioned ? '' : caption });
  if (file) picture.src = file.url;
  if (typeof at === 'number') picture.style.objectPosition = `${100 * at}% 0`;
  button.append(picture);
  if (captioned) {
    const words = document.createElement('span');
    words.textContent = caption;
    button.append(words);
  }
  button.title = caption;
  return button;
}
