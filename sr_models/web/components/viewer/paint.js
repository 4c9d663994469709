// Draws one picture pixel for pixel, on the stage or in the lens.

import { brushOf } from './state.js';
import { visible } from './viewport.js';

/** @import { Picture } from './state.js' */
/** @import { Box, Size } from './viewport.js' */

/**
 * Where a picture lies: in a cell, with its corner at a place, so many device pixels to a picture pixel.
 * @typedef {Size & { see_through?: boolean }} Shape
 * @typedef {{ value: Shape, cell: Box, at: { left: number, top: number }, zoom: number, smooth: boolean }} Lie
 */

const behind = checks();

/**
 * Draw one picture where it lies, nothing left of `from` and right of `to`.
 * @param {CanvasRenderingContext2D} pen
 * @param {Picture} picture
 * @param {Lie} lie
 * @param {number} from
 * @param {number} to
 */
export function paint(pen, picture, { value, cell, at, zoom, smooth }, from, to) {
  const seen = visible(value, cell, at, zoom, from, to);
  const { bitmap } = picture;
  if (!seen || !bitmap) return;
  const { box, source } = seen;
  pen.save();
  pen.beginPath();
  pen.rect(box.left, box.top, box.width, box.height);
  pen.clip();
  if (value.see_through) {
    pen.fillStyle = pen.createPattern(behind, 'repeat') ?? '#fff';
    pen.fillRect(box.left, box.top, box.width, box.height);
  }
  if (zoom < 1) {
    pen.drawImage(shrunk(value, picture, bitmap, zoom), at.left, at.top);
  } else {
    pen.imageSmoothingEnabled = smooth || zoom % 1 !== 0;
    const { left, top, width, height } = source; // the visible picture pixels only
    const x = at.left + left * zoom;
    const y = at.top + top * zoom;
    pen.drawImage(bitmap, left, top, width, height, x, y, width * zoom, height * zoom);
  }
  pen.restore();
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
 * @param {Size} value
 * @param {Picture} picture
 * @param {ImageBitmap | OffscreenCanvas} bitmap
 * @param {number} zoom
 */
function shrunk(value, picture, bitmap, zoom) {
  const width = Math.max(1, Math.round(value.width * zoom));
  const height = Math.max(1, Math.round(value.height * zoom));
  if (picture.small?.width !== width || picture.small.height !== height) {
    picture.small = new OffscreenCanvas(width, height);
    const brush = brushOf(picture.small);
    brush.imageSmoothingQuality = 'high';
    brush.drawImage(bitmap, 0, 0, width, height);
  }
  return picture.small;
}
