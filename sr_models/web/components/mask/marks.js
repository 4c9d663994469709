// What is marked: a list of what was done, replayed on a canvas of the picture's size. Whole pixels only.

import { brushOf } from '../viewer/state.js';

/** @import { Box, Point, Size } from '../viewer/viewport.js' */
/** @typedef {{ size: number, erase: boolean, points: Point[] }} Stroke */
/** @typedef {{ stroke: Stroke } | { box: Box } | { bitmap: ImageBitmap | OffscreenCanvas } | { clear: true }} Act */

const COLOUR = '#4d7dff';
const BAND = 2 ** 20; // pixels that are read at once
/** @type {Map<number, Path2D>} */
const discs = new Map();

/**
 * Return a disc of whole pixels around the pixel 0, 0; an even one has one more to the left and above.
 * @param {number} size its diameter, pixels
 */
function disc(size) {
  const made = discs.get(size);
  if (made) return made;
  const path = new Path2D();
  const middle = (size - 1) / 2;
  const first = -Math.floor(size / 2);
  for (let row = 0; row < size; row++) {
    const skip = Math.ceil(middle - Math.sqrt((size / 2) ** 2 - (row - middle) ** 2));
    path.rect(first + skip, first + row, size - 2 * skip, 1);
  }
  discs.set(size, path);
  return path;
}

export class Marks {
  canvas = new OffscreenCanvas(1, 1);
  #pen = brushOf(this.canvas);
  /** @type {Act[]} */
  #done = [];
  /** @type {Act[]} */
  #undone = [];

  /**
   * Begin anew, for a picture of another size.
   * @param {Size} size
   */
  reset({ width, height }) {
    Object.assign(this.canvas, { width, height });
    this.#done = [];
    this.#undone = [];
  }

  /** Say how many acts stand. */
  get count() {
    return this.#done.length;
  }

  /** Say whether there is something to do again. */
  get canRedo() {
    return this.#undone.length > 0;
  }

  /**
   * Do something; what was undone before is forgotten.
   * @param {Act} act
   */
  add(act) {
    this.#done.push(act);
    this.#undone = [];
    this.#perform(act);
  }

  /**
   * Lead the last stroke on to a point.
   * @param {Point} point
   */
  extend(point) {
    const last = this.#done[this.#done.length - 1];
    if (!last || !('stroke' in last)) return;
    const { stroke } = last;
    const from = stroke.points[stroke.points.length - 1];
    stroke.points.push(point);
    this.#paint(stroke, [from, point]);
  }

  /** Take the last act back; say whether there was one. */
  undo() {
    const act = this.#done.pop();
    if (!act) return false;
    this.#undone.push(act);
    this.#replay();
    return true;
  }

  /** Do again what was taken back last; say whether there was something. */
  redo() {
    const act = this.#undone.pop();
    if (!act) return false;
    this.#done.push(act);
    this.#perform(act);
    return true;
  }

  /**
   * Take one act back for good, as if it had never been; those after it stay.
   * @param {number} place
   */
  remove(place) {
    this.#done.splice(place, 1);
    this.#replay();
  }

  /** Return how many pixels are marked, and the rows as a PNG of 1 bit has them: a zero, then eight pixels a byte. */
  read() {
    const { width, height } = this.canvas;
    const long = 1 + Math.ceil(width / 8);
    const rows = new Uint8Array(long * height);
    let marked = 0;
    const band = Math.max(1, Math.floor(BAND / width));
    for (let top = 0; top < height; top += band) {
      const { data } = this.#pen.getImageData(0, top, width, Math.min(band, height - top));
      for (let i = 3, pixel = 0; i < data.length; i += 4, pixel++) {
        if (data[i] < 128) continue;
        const x = pixel % width;
        rows[(top + (pixel - x) / width) * long + 1 + (x >> 3)] |= 128 >> (x & 7);
        marked++;
      }
    }
    return { marked, rows };
  }

  #replay() {
    this.#pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    for (const act of this.#done) this.#perform(act);
  }

  /** @param {Act} act */
  #perform(act) {
    const { width, height } = this.canvas;
    if ('stroke' in act) this.#paint(act.stroke, act.stroke.points);
    else if ('bitmap' in act) this.#pen.drawImage(act.bitmap, 0, 0);
    else if ('clear' in act) this.#pen.clearRect(0, 0, width, height);
    else {
      this.#pen.fillStyle = COLOUR;
      this.#pen.fillRect(act.box.left, act.box.top, act.box.width, act.box.height);
    }
  }

  /**
   * Stamp a disc along a way.
   * @param {Stroke} stroke
   * @param {Point[]} points
   */
  #paint({ size, erase }, points) {
    const pen = this.#pen;
    const shape = disc(size);
    const step = Math.max(1, Math.floor(size / 8));
    pen.save();
    pen.fillStyle = COLOUR;
    pen.globalCompositeOperation = erase ? 'destination-out' : 'source-over';
    const stamp = (/** @type {number} */ x, /** @type {number} */ y) => {
      pen.setTransform(1, 0, 0, 1, Math.round(x), Math.round(y));
      pen.fill(shape);
    };
    stamp(points[0].x, points[0].y);
    for (let i = 1; i < points.length; i++) {
      const [from, to] = [points[i - 1], points[i]];
      const count = Math.ceil(Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y)) / step);
      for (let k = 1; k <= count; k++) {
        stamp(from.x + ((to.x - from.x) * k) / count, from.y + ((to.y - from.y) * k) / count);
      }
    }
    pen.restore();
  }
}

/**
 * Return what of a picture is brighter than middle grey, in the colour of marks.
 * @param {ImageBitmap} bitmap
 */
export function brightOf(bitmap) {
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  const pen = brushOf(canvas);
  pen.drawImage(bitmap, 0, 0);
  const image = pen.getImageData(0, 0, width, height);
  const { data } = image;
  for (let i = 0; i < data.length; i += 4) {
    const bright = (data[i] + data[i + 1] + data[i + 2]) * data[i + 3] > 127.5 * 3 * 255;
    data[i + 3] = bright ? 255 : 0;
  }
  pen.putImageData(image, 0, 0);
  pen.globalCompositeOperation = 'source-in';
  pen.fillStyle = COLOUR;
  pen.fillRect(0, 0, width, height);
  return canvas;
}
