// Where pictures lie on the canvas: numbers only, no DOM.
// Lengths are device pixels of the canvas; those of a picture, of a centre and of a frame are picture pixels.

/** @typedef {{ width: number, height: number }} Size */
/** @typedef {{ x: number, y: number }} Point */
/** @typedef {{ left: number, top: number, width: number, height: number }} Box */
/** @typedef {number | 'fit'} Zoom device pixels per picture pixel, or as large as the cell allows */

export const ZOOMS = [1, 2, 4, 8, 16, 32];

/**
 * Return the rows and columns that show `count` pictures largest in a room, and their zoom; of two that are about as
 * good, the one with fewer rows.
 * @param {Size} room
 * @param {number} count
 * @param {Size} picture
 */
export function grid(room, count, picture) {
  const ways = Array.from({ length: count }, (_, i) => {
    const rows = i + 1;
    const columns = Math.ceil(count / rows);
    const zoom = Math.min(room.width / columns / picture.width, room.height / rows / picture.height);
    return { rows, columns, zoom };
  });
  const largest = Math.max(...ways.map(({ zoom }) => zoom));
  return ways.find(({ zoom }) => zoom >= 0.95 * largest) ?? ways[0];
}

/**
 * Divide the canvas into cells for `count` pictures, row by row; without gaps, in whole pixels.
 * @param {Size} canvas
 * @param {number} count
 * @param {Size} picture
 * @returns {Box[]}
 */
export function cells(canvas, count, picture) {
  const { rows, columns } = grid(canvas, count, picture);
  const edge = (/** @type {number} */ i, /** @type {number} */ of, /** @type {number} */ room) =>
    Math.round((i * room) / of);
  return Array.from({ length: count }, (_, i) => {
    const column = i % columns;
    const row = Math.floor(i / columns);
    const left = edge(column, columns, canvas.width);
    const top = edge(row, rows, canvas.height);
    return {
      left,
      top,
      width: edge(column + 1, columns, canvas.width) - left,
      height: edge(row + 1, rows, canvas.height) - top,
    };
  });
}

/**
 * Return the zoom as a number.
 * @param {Zoom} zoom
 * @param {Size} picture
 * @param {Box} cell
 */
export function zoomOf(zoom, picture, cell) {
  if (zoom !== 'fit') return zoom;
  return Math.min(cell.width / picture.width, cell.height / picture.height, ZOOMS[ZOOMS.length - 1]);
}

/**
 * Return the next zoom in (direction 1) or out (-1): "fit" beyond the last one out, undefined beyond the last one in.
 * @param {number} zoom
 * @param {number} direction
 * @returns {Zoom | undefined}
 */
export function nextZoom(zoom, direction) {
  return direction > 0 ? ZOOMS.find((z) => z > zoom) : (ZOOMS.findLast((z) => z < zoom) ?? 'fit');
}

/**
 * Return where the picture's corner lies; whole device pixels, so that a picture pixel is a square of them.
 * @param {Size} picture
 * @param {Point} centre
 * @param {Box} cell
 * @param {number} zoom
 */
export function corner(picture, centre, cell, zoom) {
  const place = (/** @type {number} */ middle, /** @type {number} */ size, /** @type {number} */ room) =>
    size * zoom <= room
      ? Math.round((room - size * zoom) / 2)
      : Math.round(Math.min(0, Math.max(room - size * zoom, room / 2 - middle * zoom)));
  return {
    left: cell.left + place(centre.x, picture.width, cell.width),
    top: cell.top + place(centre.y, picture.height, cell.height),
  };
}

/**
 * Return the centre moved so far that a cell shows no room beside a picture that is larger.
 * @param {Size} picture
 * @param {Point} centre
 * @param {Box} cell
 * @param {number} zoom
 * @returns {Point}
 */
export function clampCentre(picture, centre, cell, zoom) {
  const hold = (/** @type {number} */ middle, /** @type {number} */ size, /** @type {number} */ room) =>
    size * zoom <= room ? size / 2 : Math.min(size - room / 2 / zoom, Math.max(room / 2 / zoom, middle));
  return { x: hold(centre.x, picture.width, cell.width), y: hold(centre.y, picture.height, cell.height) };
}

/**
 * Return the centre after a change of zoom that leaves what lies under a point of the canvas where it is.
 * @param {Point} centre
 * @param {Point} under
 * @param {Box} cell
 * @param {number} before
 * @param {number} after
 * @returns {Point}
 */
export function zoomAround(centre, under, cell, before, after) {
  const share = 1 / before - 1 / after;
  return {
    x: centre.x + (under.x - cell.left - cell.width / 2) * share,
    y: centre.y + (under.y - cell.top - cell.height / 2) * share,
  };
}

/**
 * Return the part of a cell that a picture covers, and the picture pixels seen there; null where it covers none.
 * @param {Size} picture
 * @param {Box} cell
 * @param {{ left: number, top: number }} at the picture's corner
 * @param {number} zoom
 * @param {number} from draw nothing left of it
 * @param {number} to nor right of it
 * @returns {{ box: Box, source: Box } | null}
 */
export function visible(picture, cell, at, zoom, from, to) {
  const left = Math.max(from, at.left, cell.left);
  const right = Math.min(to, cell.left + cell.width, at.left + Math.round(picture.width * zoom));
  const top = Math.max(cell.top, at.top);
  const bottom = Math.min(cell.top + cell.height, at.top + Math.round(picture.height * zoom));
  if (right <= left || bottom <= top) return null;
  const x = Math.floor((left - at.left) / zoom);
  const y = Math.floor((top - at.top) / zoom);
  const width = Math.min(picture.width, Math.ceil((right - at.left) / zoom)) - x;
  const height = Math.min(picture.height, Math.ceil((bottom - at.top) / zoom)) - y;
  return { box: { left, top, width: right - left, height: bottom - top }, source: { left: x, top: y, width, height } };
}

/**
 * Return a frame of `side` picture pixels around `middle`, moved and cut so that it lies within the picture.
 * @param {Size} picture
 * @param {Point} middle
 * @param {number} side
 * @returns {{ middle: Point, size: Size }}
 */
export function frameWithin(picture, middle, side) {
  const size = { width: Math.min(side, picture.width), height: Math.min(side, picture.height) };
  const hold = (/** @type {number} */ at, /** @type {number} */ long, /** @type {number} */ room) =>
    Math.min(Math.max(at, long / 2), room - long / 2);
  return {
    middle: { x: hold(middle.x, size.width, picture.width), y: hold(middle.y, size.height, picture.height) },
    size,
  };
}
