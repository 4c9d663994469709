// What can be done to the mask: by buttons here, by mouse, fingers and keys in hands.js. It is told in words.

import { brightOf } from './marks.js';
import { between } from './sketch.js';

/** @import { Box, Point, Size } from '../viewer/viewport.js' */
/** @import { Marks } from './marks.js' */
/** @import { Parts } from './parts.js' */
/** @import { Sketch } from './sketch.js' */
/** @typedef {'brush' | 'eraser' | 'box'} Tool */

const SIZES = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];
const SHARE = 1 / 24; // of the shorter side, the brush at first

export class Tools {
  /** @type {Tool} */
  tool = 'brush';
  /** @type {Record<string, string>} */
  words = {};
  #offered = -1; // which act holds the marks that are offered; -1: none are

  /**
   * @param {Parts} parts
   * @param {Marks} marks
   * @param {Sketch} sketch
   * @param {{ changed: () => void, propose: () => void }} tell
   */
  constructor(parts, marks, sketch, tell) {
    this.parts = parts;
    this.marks = marks;
    this.sketch = sketch;
    this.tell = tell;
    for (const button of parts.tools) button.onclick = () => this.take(/** @type {Tool} */ (button.dataset.tool));
    parts.size.max = String(SIZES.length - 1);
    parts.size.oninput = () => this.setSize(Number(parts.size.value));
    parts.undo.onclick = () => this.undo();
    parts.redo.onclick = () => this.redo();
    parts.clear.onclick = () => this.clear();
    parts.farther.onclick = () => sketch.stepZoom(-1);
    parts.nearer.onclick = () => sketch.stepZoom(1);
    parts.fit.onclick = () => sketch.setZoom('fit');
    parts.propose.onclick = () => tell.propose();
    parts.use.onclick = () => this.#answer(true);
    parts.refuse.onclick = () => this.#answer(false);
    parts.file.onchange = () => this.#bring();
    parts.numbers.onsubmit = (e) => {
      e.preventDefault();
      this.#markNumbers();
    };
    this.take('brush');
  }

  /**
   * Begin anew, with a brush that fits the picture.
   * @param {Size | null} size
   */
  reset(size) {
    this.#offered = -1;
    this.marks.reset(size ?? { width: 1, height: 1 });
    const wanted = size ? Math.min(size.width, size.height) * SHARE : 1;
    this.setSize(SIZES.findLastIndex((each) => each <= Math.max(1, wanted)));
    this.refresh();
  }

  /**
   * Say something to those who do not see the canvas.
   * @param {string} code
   * @param {Record<string, string | number>} facts
   */
  speak(code, facts = {}) {
    this.parts.spoken.textContent = this.say(code, facts);
  }

  /**
   * Return words with their facts.
   * @param {string} code
   * @param {Record<string, string | number>} facts
   */
  say(code, facts = {}) {
    return (this.words[code] ?? '').replace(/\{(\w+)\}/g, (_, name) => String(facts[name] ?? ''));
  }

  /** @param {Tool} tool */
  take(tool) {
    this.tool = tool;
    this.sketch.view.corner = null;
    for (const button of this.parts.tools) button.setAttribute('aria-pressed', String(button.dataset.tool === tool));
    this.speak(tool);
    this.sketch.schedule();
  }

  /**
   * Take the brush of a place in SIZES.
   * @param {number} place
   */
  setSize(place) {
    const held = Math.min(Math.max(place, 0), SIZES.length - 1);
    const size = SIZES[held];
    this.sketch.view.brush = size;
    this.parts.size.value = String(held);
    this.parts.pixels.textContent = this.say('pixels', { size });
    this.parts.size.setAttribute('aria-valuetext', this.say('pixels', { size }));
    this.sketch.schedule();
  }

  /**
   * Take the next larger brush (1) or the next smaller one (-1).
   * @param {1 | -1} direction
   */
  stepSize(direction) {
    this.setSize(Number(this.parts.size.value) + direction);
    this.speak('pixels', { size: this.sketch.view.brush });
  }

  /**
   * Begin to paint, or to erase.
   * @param {Point} point
   */
  begin(point) {
    this.marks.add({ stroke: { size: this.sketch.view.brush, erase: this.tool === 'eraser', points: [point] } });
    this.refresh();
  }

  /** End what `begin` began. */
  end() {
    this.speak(this.tool === 'eraser' ? 'erased' : 'painted');
    this.#changed();
  }

  /**
   * Set the first corner of a box, or the second.
   * @param {Point} point
   */
  putCorner(point) {
    const { view } = this.sketch;
    const first = view.corner;
    if (first) {
      view.corner = null;
      this.#markBox(between(first, point));
    } else {
      view.corner = point;
      this.speak('corner', point);
      this.sketch.schedule();
    }
  }

  undo() {
    if (this.isOffering && this.marks.count === this.#offered + 1) this.#answer(false);
    else if (this.marks.undo()) this.#changed('undone');
  }

  redo() {
    if (this.marks.redo()) this.#changed('redone');
  }

  clear() {
    if (!this.marks.count) return;
    this.marks.add({ clear: true });
    this.#changed('cleared');
  }

  /**
   * Lay marks over the picture that are not sent before the visitor agrees to them.
   * @param {ImageBitmap} bitmap
   */
  offer(bitmap) {
    if (this.isOffering) this.marks.remove(this.#offered);
    const others = this.marks.read().marked;
    this.#offered = this.marks.count;
    this.marks.add({ bitmap: brightOf(bitmap) });
    const { width, height } = this.marks.canvas;
    const share = (this.marks.read().marked - others) / width / height;
    if (share) {
      this.parts.offered.textContent = this.say('offer', { share: percent(share) });
      this.speak('offer', { share: percent(share) });
    } else {
      this.marks.remove(this.#offered);
      this.#offered = -1;
      this.tellOf('offer_none');
    }
    this.refresh();
  }

  /** Say whether marks are offered that nobody has agreed to. */
  get isOffering() {
    return this.#offered >= 0;
  }

  /** @param {boolean} agreed */
  #answer(agreed) {
    if (!agreed) this.marks.remove(this.#offered);
    this.#offered = -1;
    this.parts.canvas.focus({ preventScroll: true });
    this.#changed(agreed ? 'used' : 'refused');
  }

  async #bring() {
    const { file } = this.parts;
    const [given] = file.files ?? [];
    file.value = '';
    const { size } = this.sketch;
    if (!given || !size) return;
    let bitmap;
    try {
      bitmap = await createImageBitmap(given, { colorSpaceConversion: 'none' });
    } catch {
      this.tellOf('unreadable');
      return;
    }
    if (this.sketch.size !== size) return;
    const { width, height } = bitmap;
    if (width !== size.width || height !== size.height) {
      this.tellOf('mask_size', { width, height, expected: `${size.width}×${size.height}` });
      return;
    }
    this.mark(bitmap);
  }

  /**
   * Mark what of a picture of the same size is bright.
   * @param {ImageBitmap} bitmap
   */
  mark(bitmap) {
    this.marks.add({ bitmap: brightOf(bitmap) });
    this.#changed();
  }

  #markNumbers() {
    const given = new FormData(this.parts.numbers);
    const [left, top, width, height] = ['left', 'top', 'width', 'height'].map((name) =>
      given.get(name) ? Number(given.get(name)) : Number.NaN,
    );
    this.#markBox({ left, top, width, height });
  }

  /**
   * Mark what of a box lies within the picture.
   * @param {Box} box
   */
  #markBox({ left, top, width, height }) {
    const { size } = this.sketch;
    if (!size) return;
    const [x, y] = [Math.max(0, left), Math.max(0, top)];
    const wide = Math.min(left + width, size.width) - x;
    const high = Math.min(top + height, size.height) - y;
    if (![x, y, wide, high].every(Number.isInteger) || wide < 1 || high < 1) {
      this.tellOf('out_of');
      return;
    }
    this.marks.add({ box: { left: x, top: y, width: wide, height: high } });
    this.#changed('painted');
  }

  /**
   * Say what went wrong, or what was not found.
   * @param {string} code
   * @param {Record<string, string | number>} facts
   */
  tellOf(code, facts = {}) {
    this.parts.said.textContent = this.say(code, facts);
  }

  /**
   * Say how much is marked.
   * @param {number} marked pixels
   */
  tellShare(marked) {
    const { width, height } = this.marks.canvas;
    this.parts.said.textContent = marked
      ? this.say('marked', { share: percent(marked / width / height) })
      : this.say('nothing');
  }

  /** @param {string} [code] */
  #changed(code) {
    if (code) this.speak(code);
    this.refresh();
    this.tell.changed();
  }

  /** Show what can be done now, and draw. */
  refresh() {
    const { parts, marks } = this;
    const held = document.activeElement;
    parts.undo.disabled = !marks.count;
    parts.redo.disabled = !marks.canRedo;
    parts.clear.disabled = !marks.count;
    parts.propose.disabled = !this.sketch.size;
    parts.file.disabled = !this.sketch.size;
    parts.offer.hidden = !this.isOffering;
    // A button that is off now would leave the focus to nobody.
    if (held instanceof HTMLButtonElement && held.disabled && parts.host.contains(held)) {
      parts.canvas.focus({ preventScroll: true });
    }
    this.sketch.schedule();
  }
}

/**
 * Write a share in percent; what is there is never 0.
 * @param {number} share
 */
function percent(share) {
  return share < 0.001 ? '< 0.1' : (100 * share).toFixed(1);
}
