// Draws the picture, what is marked of it, and the brush.

import { paint } from '../viewer/paint.js';
import { clampCentre, corner, nextZoom, visible, ZOOMS, zoomAround, zoomOf } from '../viewer/viewport.js';

/** @import { Picture } from '../viewer/state.js' */
/** @import { Box, Point, Size, Zoom } from '../viewer/viewport.js' */
/** @import { Marks } from './marks.js' */
/** @import { Parts } from './parts.js' */

const VEIL = 0.6; // of the marks, so that the picture is seen through them

export class Sketch {
  #pen;
  #waiting = 0;
  /** @type {Size | null} */
  size = null;
  /** @type {Picture} */
  picture = { url: '', name: '' };
  view = {
    /** @type {Zoom} */
    zoom: 'fit',
    x: 0, // what stands in the middle, picture pixels
    y: 0,
    brush: 1, // picture pixels across
    /** @type {Point | null} where the brush is, a picture pixel */
    cursor: null,
    /** @type {Point | null} the first corner of a box that is not whole yet */
    corner: null,
  };

  /**
   * @param {Parts} parts
   * @param {Marks} marks
   */
  constructor(parts, marks) {
    this.parts = parts;
    this.marks = marks;
    const pen = parts.canvas.getContext('2d');
    if (!pen) throw new Error('no 2d canvas');
    this.#pen = pen;
  }

  /** Return how many device pixels a CSS pixel has. */
  ratio() {
    return this.parts.canvas.width / Math.max(this.parts.stage.clientWidth, 1);
  }

  /** Return the room for the picture, and where it lies in it. */
  lie() {
    const { width, height } = this.parts.canvas;
    const size = this.size ?? { width: 1, height: 1 };
    const cell = { left: 0, top: 0, width, height };
    const zoom = zoomOf(this.view.zoom, size, cell);
    return { value: size, cell, zoom, at: corner(size, this.view, cell, zoom), smooth: false };
  }

  /**
   * Return the picture pixel under a point of the canvas; it may lie beside the picture.
   * @param {Point} point
   * @returns {Point}
   */
  under({ x, y }) {
    const { at, zoom } = this.lie();
    return { x: Math.floor((x - at.left) / zoom), y: Math.floor((y - at.top) / zoom) };
  }

  /**
   * Zoom; what lies under a point of the canvas stays there.
   * @param {Zoom} zoom
   * @param {Point} [under]
   */
  setZoom(zoom, under) {
    const { cell, zoom: before } = this.lie();
    const middle = under ?? { x: cell.width / 2, y: cell.height / 2 };
    if (zoom !== 'fit') Object.assign(this.view, zoomAround(this.view, middle, cell, before, zoom));
    this.view.zoom = zoom;
    this.schedule();
  }

  /**
   * @param {1 | -1} direction
   * @param {Point} [under]
   */
  stepZoom(direction, under) {
    const next = this.size && nextZoom(this.lie().zoom, direction);
    if (next) this.setZoom(next, under);
  }

  /**
   * Follow two fingers: zoom by how far they part, and move along with them.
   * @param {Point} before where one of them was
   * @param {Point} now where it is
   * @param {Point} other where the other one is
   */
  pinch(before, now, other) {
    if (!this.size) return;
    const apart = (/** @type {Point} */ point) => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y));
    const { cell, zoom } = this.lie();
    const least = Math.min(zoom, zoomOf('fit', this.size, cell));
    const wanted = Math.min(ZOOMS[ZOOMS.length - 1], Math.max(least, (zoom * apart(now)) / apart(before)));
    this.setZoom(wanted, { x: (before.x + other.x) / 2, y: (before.y + other.y) / 2 });
    this.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
  }

  /**
   * Move the picture by device pixels.
   * @param {number} x
   * @param {number} y
   */
  pan(x, y) {
    const { zoom } = this.lie();
    this.view.x -= x / zoom;
    this.view.y -= y / zoom;
    this.schedule();
  }

  /** Move the picture so far that the brush is seen. */
  follow() {
    const { cursor } = this.view;
    if (!cursor) return;
    const { at, cell, zoom } = this.lie();
    const beyond = (/** @type {number} */ place, /** @type {number} */ room) =>
      Math.min(0, place - room / 8) + Math.max(0, place - (room * 7) / 8);
    const x = at.left + cursor.x * zoom;
    const y = at.top + cursor.y * zoom;
    this.pan(-beyond(x, cell.width), -beyond(y, cell.height));
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
    const { canvas } = this.parts;
    const pen = this.#pen;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    if (!this.size || !canvas.width) return;
    const { zoom, cell } = this.lie();
    Object.assign(this.view, clampCentre(this.size, this.view, cell, zoom));
    const lie = this.lie();
    paint(pen, this.picture, lie, 0, canvas.width);
    this.#marks(this.size, lie);
    this.#corner(lie);
    this.#brush(lie);
    this.parts.host.dataset.zoom = String(zoom);
  }

  /**
   * @param {Size} size
   * @param {{ cell: Box, at: { left: number, top: number }, zoom: number }} lie
   */
  #marks(size, { cell, at, zoom }) {
    const seen = visible(size, cell, at, zoom, 0, cell.width);
    if (!seen) return;
    const { left, top, width, height } = seen.source;
    const pen = this.#pen;
    pen.save();
    pen.globalAlpha = VEIL;
    pen.imageSmoothingEnabled = zoom < 1;
    const [x, y] = [at.left + left * zoom, at.top + top * zoom];
    pen.drawImage(this.marks.canvas, left, top, width, height, x, y, width * zoom, height * zoom);
    pen.restore();
  }

  /** @param {{ at: { left: number, top: number }, zoom: number }} lie */
  #corner({ at, zoom }) {
    const { corner: first, cursor } = this.view;
    if (!first || !cursor) return;
    const box = between(first, cursor);
    const pen = this.#pen;
    this.#line(() =>
      pen.strokeRect(at.left + box.left * zoom, at.top + box.top * zoom, box.width * zoom, box.height * zoom),
    );
  }

  /** @param {{ at: { left: number, top: number }, zoom: number }} lie */
  #brush({ at, zoom }) {
    const { cursor, brush } = this.view;
    if (!cursor) return;
    const shift = brush % 2 ? 0.5 : 0; // the middle of the pixel, or the corner that the disc lies around
    const x = at.left + (cursor.x + shift) * zoom;
    const y = at.top + (cursor.y + shift) * zoom;
    const pen = this.#pen;
    this.#line(() => {
      pen.beginPath();
      pen.arc(x, y, Math.max((brush * zoom) / 2, 4 * this.ratio()), 0, 2 * Math.PI);
      pen.stroke();
    });
  }

  /**
   * Draw a line that is seen on any picture: white within black.
   * @param {() => void} stroke
   */
  #line(stroke) {
    const pen = this.#pen;
    for (const [colour, wide] of /** @type {const} */ ([
      ['#000', 4],
      ['#fff', 2],
    ])) {
      pen.strokeStyle = colour;
      pen.lineWidth = wide * this.ratio();
      stroke();
    }
  }
}

/**
 * Return the box of two corner pixels, both within it.
 * @param {Point} a
 * @param {Point} b
 * @returns {Box}
 */
export function between(a, b) {
  const [left, top] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  return { left, top, width: Math.abs(a.x - b.x) + 1, height: Math.abs(a.y - b.y) + 1 };
}
