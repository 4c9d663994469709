// The lens: a round window that shows two pictures much larger, the first in its left half, the second in its right.

import { paint } from './paint.js';
import { ZOOMS } from './viewport.js';

/** @import { Lie } from './paint.js' */
/** @import { Parts } from './parts.js' */
/** @import { Picture, State } from './state.js' */

const SIDE = 220; // CSS px

/**
 * Draw the lens over the place that it is at, or hide it.
 * @param {Parts} parts
 * @param {State['view']} view
 * @param {Lie} lie how the pictures lie under it
 * @param {number} ratio device pixels per CSS pixel
 * @param {Picture} first
 * @param {Picture} second
 */
export function drawLens({ lens }, view, lie, ratio, first, second) {
  lens.hidden = !view.lens;
  if (!view.lens) return;
  const side = Math.round(SIDE * ratio);
  if (lens.width !== side) lens.width = lens.height = side;
  const pen = lens.getContext('2d');
  if (!pen) return;
  const { x, y } = view.lensAt;
  lens.style.translate = `${x / ratio - SIDE / 2}px ${y / ratio - SIDE / 2}px`;
  const zoom = ZOOMS.find((z) => z >= 3 * lie.zoom) ?? 2 * Math.ceil(lie.zoom);
  const place = (/** @type {number} */ at) => Math.round(side / 2 - (at * zoom) / lie.zoom);
  const at = { left: place(x - lie.at.left), top: place(y - lie.at.top) };
  const near = { ...lie, zoom, at, cell: { left: 0, top: 0, width: side, height: side } };
  const half = Math.round(side / 2);
  pen.clearRect(0, 0, side, side);
  paint(pen, first, near, 0, half);
  paint(pen, second, near, half, side);
  if (first === second) return;
  pen.fillStyle = '#fff';
  pen.fillRect(half - 1, 0, 2, side);
}
