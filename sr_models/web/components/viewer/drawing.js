// Draws the state: pictures on the canvas, and labels, frame and divider as HTML over it.

import { drawLens } from './lens.js';
import { paint } from './paint.js';
import { cells, clampCentre, corner, frameWithin, grid, zoomOf } from './viewport.js';

/** @import { Parts } from './parts.js' */
/** @import { Picture, State, Value } from './state.js' */
/** @import { Lie } from './paint.js' */
/** @import { Box, Point } from './viewport.js' */
/** @typedef {{ name: string, legend?: string, note?: string, caption?: boolean }} Label */

export class Drawing {
  #waiting = 0;
  #pen;

  /**
   * @param {Parts} parts
   * @param {State} state
   */
  constructor(parts, state) {
    this.parts = parts;
    this.state = state;
    const pen = parts.canvas.getContext('2d');
    if (!pen) throw new Error('no 2d canvas');
    this.#pen = pen;
  }

  /** Return how many device pixels a CSS pixel has. */
  ratio() {
    return this.parts.canvas.width / Math.max(this.parts.stage.clientWidth, 1);
  }

  /** Return the cells that the pictures are drawn in. */
  cells() {
    const { canvas } = this.parts;
    return cells(canvas, this.#panes(), this.state.value ?? canvas);
  }

  /**
   * Return the cell under a point of the canvas, or the first.
   * @param {Point} point
   */
  cellAt({ x, y }) {
    const all = this.cells();
    const under = all.find(({ left, top, width, height }) => x < left + width && y < top + height);
    return under ?? all[0];
  }

  #panes() {
    return this.state.view.mode === 'side' ? this.state.count() : 1;
  }

  /** Give the stage the shape of the picture, or a higher one where several beside each other need it. */
  shape() {
    const { value } = this.state;
    const { stage } = this.parts;
    if (!value || !stage.clientWidth) return;
    const most = Number.parseFloat(getComputedStyle(stage).maxHeight) || Number.POSITIVE_INFINITY;
    const room = { width: stage.clientWidth, height: most };
    const { rows, zoom } = grid(room, this.#panes(), value);
    const ratio = Math.min(value.width / value.height, room.width / (rows * value.height * zoom));
    stage.style.setProperty('--shape', ratio.toFixed(4));
  }

  /**
   * Return the zoom as a number, the same in all cells.
   * @param {Value} value
   */
  zoom(value, cell = this.cells()[0]) {
    return zoomOf(this.state.view.zoom, value, cell);
  }

  /** Draw before the next frame. */
  schedule() {
    this.#waiting ||= requestAnimationFrame(() => {
      this.#waiting = 0;
      this.draw();
    });
  }

  /** Draw now, or, where something that is looked at has not come yet, as soon as it has. */
  draw() {
    const lacking = this.state.seen().filter(({ bitmap }) => !bitmap);
    this.parts.host.toggleAttribute('data-lacks', lacking.length > 0);
    if (lacking.length) {
      this.state.bring(lacking).then(() => this.schedule());
      return;
    }
    const { width, height } = this.parts.canvas;
    const { value, view } = this.state;
    const pen = this.#pen;
    pen.globalCompositeOperation = 'source-over';
    pen.clearRect(0, 0, width, height);
    if (!value || !this.state.pictures.length || !width) return;
    const places = this.cells();
    const whole = places[0];
    const zoom = this.zoom(value, whole);
    Object.assign(view, clampCentre(value, view, whole, zoom));
    const all = this.state.shown();
    const first = all[view.first] || all[0];
    const second = all[view.second] || first;
    const mode = all.length > 1 ? view.mode : 'slider';
    const put = (/** @type {Picture} */ picture, cell = whole, from = 0, to = width) =>
      paint(pen, picture, this.#lie(value, cell), from, to);
    if (mode === 'side') {
      places.forEach((cell, i) => put(all[i], cell));
    } else if (mode === 'blink') {
      put(view.flipped ? second : first);
    } else if (mode === 'difference') {
      put(first);
      pen.globalCompositeOperation = 'difference';
      put(second);
      pen.globalCompositeOperation = 'lighter';
      for (let gain = view.gain; gain > 1; gain /= 2) pen.drawImage(this.parts.canvas, 0, 0);
      pen.globalCompositeOperation = 'source-over';
    } else {
      const split = Math.round(view.split * width);
      put(first, whole, 0, split);
      put(second, whole, split, width);
    }
    const { host } = this.parts;
    host.dataset.zoom = String(zoom);
    host.toggleAttribute('data-pans', value.width * zoom > whole.width + 1 || value.height * zoom > whole.height + 1);
    host.toggleAttribute('data-lens', view.lens);
    this.#label(value, all, places, first, second);
    this.#placeFrame(value, whole, zoom);
    this.#placeHandle(first, second);
    drawLens(this.parts, view, this.#lie(value, this.cellAt(view.lensAt)), this.ratio(), first, second);
  }

  /**
   * Return where the pictures lie in a cell.
   * @param {Value} value
   * @param {Box} cell
   * @returns {Lie}
   */
  #lie(value, cell) {
    const { view } = this.state;
    const zoom = this.zoom(value, cell);
    return { value, cell, zoom, at: corner(value, view, cell, zoom), smooth: view.smooth };
  }

  /**
   * Name the pictures where they lie, and say how to read them where that is not plain.
   * @param {Value} value
   * @param {Picture[]} all
   * @param {Box[]} places
   * @param {Picture} first
   * @param {Picture} second
   */
  #label(value, all, places, first, second) {
    const { labels } = this.parts;
    const { flipped, gain, mode } = this.state.view;
    const beside = mode === 'side' && all.length > 1;
    const opens = all.length > 2;
    const { difference, apart, blinks } = value.words;
    const read = { name: `${difference || 'difference'} × ${gain}`, note: apart, caption: true };
    /** @type {Label[]} */
    let named = [first, second];
    if (all.length < 2) named = [first];
    else if (beside) named = all;
    else if (mode === 'blink') named = [flipped ? second : first, ...(blinks ? [{ name: blinks, caption: true }] : [])];
    else if (mode === 'difference') named = [first, second, read];
    while (labels.children.length > named.length) labels.lastChild?.remove();
    labels.classList.toggle('beside', beside);
    named.forEach((label, i) => {
      const tag = /** @type {HTMLElement} */ (labels.children[i] || labels.appendChild(document.createElement('span')));
      write(tag, label, value.ramp);
      tag.classList.toggle('opens', opens && !beside && !label.caption);
      tag.classList.toggle('caption', !!label.caption);
      const css = (/** @type {number} */ pixels) => (beside ? `${Math.round(pixels / this.ratio())}px` : '');
      const cell = places[beside ? i : 0];
      Object.assign(tag.style, { left: css(cell.left), top: css(cell.top) });
      tag.style.maxWidth = beside ? `calc(${css(cell.width)} - 20px)` : '';
    });
  }

  /**
   * @param {Value} value
   * @param {Box} cell
   * @param {number} zoom
   */
  #placeFrame(value, cell, zoom) {
    const { frame } = this.parts;
    const { view } = this.state;
    frame.hidden = !(view.framed && value.frame) || (view.mode === 'side' && this.state.count() > 1);
    if (frame.hidden) return;
    const { middle, size } = frameWithin(value, { x: view.frameX, y: view.frameY }, value.frame);
    view.frameX = middle.x;
    view.frameY = middle.y;
    const { left, top } = corner(value, view, cell, zoom);
    const css = (/** @type {number} */ pixels) => `${pixels / this.ratio()}px`;
    Object.assign(frame.style, {
      left: css(left + (middle.x - size.width / 2) * zoom),
      top: css(top + (middle.y - size.height / 2) * zoom),
      width: css(size.width * zoom),
      height: css(size.height * zoom),
    });
  }

  /**
   * @param {Picture} first
   * @param {Picture} second
   */
  #placeHandle(first, second) {
    const { handle } = this.parts;
    const { mode, split } = this.state.view;
    const percent = Math.round(split * 100);
    handle.hidden = mode !== 'slider' || first === second;
    handle.style.left = `${split * 100}%`;
    handle.setAttribute('aria-valuenow', String(percent));
    handle.setAttribute('aria-valuetext', `${percent} % ${first.name}, ${100 - percent} % ${second.name}`);
  }
}

/**
 * Give the canvas exactly as many pixels as the screen has under it, whatever the ratio.
 * @param {HTMLCanvasElement} canvas
 * @param {() => void} changed
 */
export function fitCanvas(canvas, changed) {
  const observer = new ResizeObserver(([entry]) => {
    const exact = entry.devicePixelContentBoxSize?.[0];
    const about = {
      width: entry.contentRect.width * devicePixelRatio,
      height: entry.contentRect.height * devicePixelRatio,
    };
    // An emulated ratio is not in the exact size; then the product is right.
    const told = exact && Math.abs(exact.inlineSize - about.width) < 1.5;
    const width = told ? exact.inlineSize : Math.round(about.width);
    const height = told ? exact.blockSize : Math.round(about.height);
    if (width === canvas.width && height === canvas.height) return;
    canvas.width = width;
    canvas.height = height;
    changed();
  });
  try {
    observer.observe(canvas, { box: 'device-pixel-content-box' });
  } catch {
    observer.observe(canvas);
  }
}

/**
 * Write a label: a picture's name and what its colours mean, or how to read what is seen.
 * @param {HTMLElement} tag
 * @param {Label} label
 * @param {string[]} ramp
 */
function write(tag, { name, legend, note }, ramp) {
  const small = legend || note;
  const said = small ? `${name} · ${small}` : name;
  if (tag.title === said) return;
  tag.title = said;
  tag.replaceChildren(name);
  if (!small) return;
  if (legend) {
    const colours = document.createElement('i');
    colours.style.background = `linear-gradient(to right, ${ramp.join(', ')})`;
    tag.append(colours);
  }
  const words = document.createElement('small');
  words.textContent = small;
  tag.append(words);
}
