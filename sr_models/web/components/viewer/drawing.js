// Draws the state: pictures on the canvas, and labels, frame and divider as HTML over it.

import { brushOf } from './state.js';
import { cells, clampCentre, corner, frameWithin, visible, zoomOf } from './viewport.js';

/** @import { Parts } from './parts.js' */
/** @import { Picture, State, Value } from './state.js' */
/** @import { Box } from './viewport.js' */

const NARROW = 600; // CSS px: below it at most two pictures stand beside each other

export class Drawing {
  #waiting = 0;
  #pen;
  #checks = checks();

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
    const count = this.state.view.mode === 'side' ? this.state.count() : 1;
    return cells(this.parts.canvas, count, this.parts.stage.clientWidth < NARROW);
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

  /** Draw now. */
  draw() {
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
    const put = (/** @type {Picture} */ picture, cell = whole, from = 0, to = width) =>
      this.#picture(value, picture, cell, from, to);
    if (view.mode === 'side') {
      places.forEach((cell, i) => put(all[i], cell));
    } else if (view.mode === 'blink') {
      put(view.flipped ? second : first);
    } else if (view.mode === 'difference') {
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
    this.parts.host.dataset.zoom = String(zoom);
    this.#label(value, all, places, first, second);
    this.#placeFrame(value, whole, zoom);
    this.#placeHandle(first, second);
  }

  /**
   * Draw one picture in its cell, nothing left of `from` and right of `to`.
   * @param {Value} value
   * @param {Picture} picture
   * @param {Box} cell
   * @param {number} from
   * @param {number} to
   */
  #picture(value, picture, cell, from, to) {
    const { view } = this.state;
    const zoom = this.zoom(value, cell);
    const at = corner(value, view, cell, zoom);
    const seen = visible(value, cell, at, zoom, from, to);
    if (!seen) return;
    const { box, source } = seen;
    const pen = this.#pen;
    pen.save();
    pen.beginPath();
    pen.rect(box.left, box.top, box.width, box.height);
    pen.clip();
    if (value.see_through) {
      pen.fillStyle = pen.createPattern(this.#checks, 'repeat') ?? '#fff';
      pen.fillRect(box.left, box.top, box.width, box.height);
    }
    if (zoom < 1) {
      pen.drawImage(shrunk(value, picture, zoom), at.left, at.top);
    } else {
      pen.imageSmoothingEnabled = view.smooth || zoom % 1 !== 0;
      const { left, top, width, height } = source; // the visible picture pixels only
      const x = at.left + left * zoom;
      const y = at.top + top * zoom;
      pen.drawImage(picture.bitmap, left, top, width, height, x, y, width * zoom, height * zoom);
    }
    pen.restore();
  }

  /**
   * Name the pictures where they lie.
   * @param {Value} value
   * @param {Picture[]} all
   * @param {Box[]} places
   * @param {Picture} first
   * @param {Picture} second
   */
  #label(value, all, places, first, second) {
    const { mode, flipped, gain } = this.state.view;
    const { labels } = this.parts;
    const difference = { name: `|${first.name} − ${second.name}| × ${gain}`, legend: '' };
    const named =
      mode === 'side'
        ? all
        : mode === 'blink'
          ? [flipped ? second : first]
          : mode === 'difference'
            ? [difference]
            : [...new Set([first, second])];
    while (labels.children.length > named.length) labels.lastChild?.remove();
    named.forEach((picture, i) => {
      const tag = /** @type {HTMLElement} */ (labels.children[i] || labels.appendChild(document.createElement('span')));
      write(tag, picture, value.ramp);
      const cell = mode === 'side' ? places[i] : places[0];
      const right = mode === 'slider' && i === 1;
      tag.style.top = `${cell.top / this.ratio() + 10}px`;
      tag.style.left = right ? '' : `${cell.left / this.ratio() + 10}px`;
      tag.style.right = right ? '10px' : '';
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

/** Make what lies behind a picture with transparent parts. */
function checks() {
  const canvas = new OffscreenCanvas(16, 16);
  const brush = brushOf(canvas);
  brush.fillStyle = '#fff';
  brush.fillRect(0, 0, 16, 16);
  brush.fillStyle = '#ccc';
  brush.fillRect(8, 0, 8, 8);
  brush.fillRect(0, 8, 8, 8);
  return canvas;
}

/**
 * Return a copy shrunk to the zoom, made once: dragging must not read all of the picture each time.
 * @param {Value} value
 * @param {Picture} picture
 * @param {number} zoom
 */
function shrunk(value, picture, zoom) {
  const width = Math.max(1, Math.round(value.width * zoom));
  const height = Math.max(1, Math.round(value.height * zoom));
  if (picture.small?.width !== width || picture.small.height !== height) {
    picture.small = new OffscreenCanvas(width, height);
    const brush = brushOf(picture.small);
    brush.imageSmoothingQuality = 'high';
    brush.drawImage(picture.bitmap, 0, 0, width, height);
  }
  return picture.small;
}

/**
 * Write a picture's name into its label, and what its colours mean.
 * @param {HTMLElement} tag
 * @param {{ name: string, legend?: string }} picture
 * @param {string[]} ramp
 */
function write(tag, { name, legend }, ramp) {
  const said = legend ? `${name} · ${legend}` : name;
  if (tag.title === said) return;
  tag.title = said;
  tag.replaceChildren(name);
  if (!legend) return;
  const colours = document.createElement('i');
  const words = document.createElement('small');
  colours.style.background = `linear-gradient(to right, ${ramp.join(', ')})`;
  words.textContent = legend;
  tag.append(colours, words);
}
