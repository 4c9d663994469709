// The elements that the drawing of a mask is made of.

import { find } from '../../client/dom.js';

const HTML = `
  <div class="stage">
    <canvas tabindex="0" role="application"></canvas>
  </div>
  <div class="offer" role="group" hidden>
    <b></b><span></span>
    <button type="button" class="use"></button><button type="button" class="refuse"></button>
  </div>
  <div class="bar" role="group">
    <span class="pill">
      <button type="button" data-tool="brush" data-word="brush"></button>
      <button type="button" data-tool="eraser" data-word="eraser"></button>
      <button type="button" data-tool="box" data-word="box"></button>
    </span>
    <label class="pill size"><span data-word="size"></span><input type="range" min="0" step="1" /><b></b></label>
    <span class="pill">
      <button type="button" class="undo" data-word="undo"></button>
      <button type="button" class="redo" data-word="redo"></button>
      <button type="button" class="clear" data-word="clear"></button>
    </span>
    <span class="pill">
      <button type="button" class="farther" data-label="farther">−</button>
      <button type="button" class="fit" data-word="fit"></button>
      <button type="button" class="nearer" data-label="nearer">+</button>
    </span>
    <span class="pill">
      <button type="button" class="propose" data-word="propose"></button>
      <label class="file"><span data-word="upload"></span><input type="file" accept="image/*" /></label>
    </span>
  </div>
  <div class="below">
    <output class="said"></output>
    <details class="numbers">
      <summary data-word="numbers"></summary>
      <form>
        <label><span data-word="left"></span><input name="left" type="number" inputmode="numeric" /></label>
        <label><span data-word="top"></span><input name="top" type="number" inputmode="numeric" /></label>
        <label><span data-word="width"></span><input name="width" type="number" inputmode="numeric" /></label>
        <label><span data-word="height"></span><input name="height" type="number" inputmode="numeric" /></label>
        <button data-word="mark"></button>
      </form>
    </details>
    <details class="keys"><summary data-word="help"></summary><p data-word="keys"></p></details>
    <output class="spoken"></output>
  </div>`;

/** @typedef {ReturnType<typeof build>} Parts */

/** Build the elements, not yet in the page. */
export function build() {
  const host = document.createElement('div');
  host.className = 'sr-mask';
  host.innerHTML = HTML;
  const button = (/** @type {string} */ name) => find(host, `.${name}`, HTMLButtonElement);
  return {
    host,
    stage: find(host, '.stage', HTMLDivElement),
    canvas: find(host, 'canvas', HTMLCanvasElement),
    bar: find(host, '.bar', HTMLDivElement),
    tools: [...host.querySelectorAll('button[data-tool]')].map((tool) => /** @type {HTMLButtonElement} */ (tool)),
    size: find(host, '.size input', HTMLInputElement),
    pixels: find(host, '.size b', HTMLElement),
    undo: button('undo'),
    redo: button('redo'),
    clear: button('clear'),
    farther: button('farther'),
    fit: button('fit'),
    nearer: button('nearer'),
    propose: button('propose'),
    file: find(host, '.file input', HTMLInputElement),
    numbers: find(host, '.numbers form', HTMLFormElement),
    said: find(host, '.said', HTMLOutputElement),
    spoken: find(host, '.spoken', HTMLOutputElement),
    offer: find(host, '.offer', HTMLDivElement),
    offered: find(host, '.offer b', HTMLElement),
    note: find(host, '.offer span', HTMLSpanElement),
    use: button('use'),
    refuse: button('refuse'),
  };
}

/**
 * Write the visitor's words.
 * @param {Parts} parts
 * @param {Record<string, string>} words
 */
export function label({ host, bar, canvas, offer, note, use, refuse }, words) {
  for (const part of host.querySelectorAll('[data-word]')) {
    part.textContent = words[/** @type {HTMLElement} */ (part).dataset.word ?? ''];
  }
  for (const part of host.querySelectorAll('[data-label]')) {
    part.setAttribute('aria-label', words[/** @type {HTMLElement} */ (part).dataset.label ?? '']);
  }
  bar.setAttribute('aria-label', words.tools);
  canvas.setAttribute('aria-label', words.canvas);
  canvas.setAttribute('aria-description', words.keys);
  offer.setAttribute('aria-label', words.propose);
  note.textContent = words.offer_note;
  use.textContent = words.use;
  refuse.textContent = words.refuse;
}
