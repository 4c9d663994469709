// PSNR against perceptual distance: a dot for each net, a diamond for one that invents, a line for each mix.
// Source: Blau and Michaeli, "The perception-distortion tradeoff", arXiv 1711.06077, figure 1.

import { axis, element, measuring, placeLabels } from '../../client/plot.js';

/** @import { Dot } from '../../client/plot.js' */
/** @import { Row, Value } from './order.js' */

const HEIGHT = 300;
const ROOM = { left: 46, right: 14, top: 34, bottom: 46 };

/**
 * Return the nets that are drawn and those that would push the others into a corner: worse than bicubic in both.
 * @param {Row[]} rows
 * @param {string} distance
 */
export function drawn(rows, distance) {
  const there = rows.filter((row) => 'psnr_y' in row.cells && distance in row.cells);
  const plain = there.find((row) => row.key === 'bicubic');
  const worse = (/** @type {Row} */ row) =>
    plain &&
    row.cells.psnr_y.value < plain.cells.psnr_y.value &&
    row.cells[distance].value > plain.cells[distance].value;
  return { near: there.filter((row) => !worse(row)), outside: there.filter(worse) };
}

/**
 * Draw the plane of a comparison, or say why there is none, or nothing.
 * @param {HTMLElement} host
 * @param {Value | null} value
 * @param {string[]} chosen
 * @param {{ toggle: (key: string) => void, hover: (key: string) => void }} does
 */
export function drawPlane(host, value, chosen, does) {
  const { near, outside } = value?.distance ? drawn(value.rows, value.distance) : { near: [], outside: [] };
  host.hidden = !value || !(near.length || value.no_plane);
  if (host.hidden || !value) return;
  const { words, distance, ways } = value;
  const caption = document.createElement('figcaption');
  caption.className = 'lab-caption';
  caption.textContent = words.plane;
  if (!near.length) {
    const why = document.createElement('p');
    why.className = 'lab-mute';
    why.textContent = value.no_plane;
    host.replaceChildren(caption, why);
    return;
  }
  const width = Math.max(host.clientWidth - 2 * 16, 260);
  const x = axis([...near.map((row) => row.cells.psnr_y.value), ...ways.flat().map((dot) => dot[0])]);
  const y = axis([...near.map((row) => row.cells[distance].value), ...ways.flat().map((dot) => dot[1])]);
  const across = (/** @type {number} */ v) =>
    ROOM.left + ((v - x.low) / (x.high - x.low)) * (width - ROOM.left - ROOM.right);
  const down = (/** @type {number} */ v) =>
    ROOM.top + ((v - y.low) / (y.high - y.low)) * (HEIGHT - ROOM.top - ROOM.bottom); // a low distance is up
  const svg = element('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: 'img' });
  svg.setAttribute('aria-label', `${words.plane}: ${words.plane_x} ${words.plane_y}`);
  host.replaceChildren(caption, svg);
  const base = HEIGHT - ROOM.bottom;
  const put = (/** @type {string} */ at, /** @type {Record<string, string | number>} */ facts, text = '') =>
    svg.append(element(at, facts, text));
  for (const tick of x.ticks) {
    put('line', { class: 'tick', x1: across(tick), x2: across(tick), y1: ROOM.top - 8, y2: base });
    put('text', { x: across(tick), y: base + 16, 'text-anchor': 'middle' }, String(tick));
  }
  for (const tick of y.ticks) {
    put('line', { class: 'tick', x1: ROOM.left, x2: width - ROOM.right, y1: down(tick), y2: down(tick) });
    put('text', { x: ROOM.left - 6, y: down(tick) + 4, 'text-anchor': 'end' }, String(tick));
  }
  put('text', { x: width - 4, y: HEIGHT - 10, 'text-anchor': 'end' }, words.plane_x);
  put('text', { x: 2, y: 14 }, words.plane_y);
  for (const way of ways) {
    put('polyline', { class: 'way', points: way.map(([p, d]) => `${across(p)},${down(d)}`).join(' ') });
  }
  const dots = near.map((row) => ({
    key: row.key,
    name: row.name,
    x: across(row.cells.psnr_y.value),
    y: down(row.cells[distance].value),
  }));
  near.forEach((row, i) => {
    const mark = dotOf(row, dots[i], chosen.includes(row.key), row.cells[distance].text);
    mark.addEventListener('click', () => does.toggle(row.key));
    mark.addEventListener('mouseenter', () => does.hover(row.key));
    mark.addEventListener('mouseleave', () => does.hover(''));
    svg.append(mark);
  });
  const within = { left: ROOM.left, top: 18, width: width - ROOM.left - 2, height: HEIGHT - 28 - 18 };
  const named = dots.filter((dot) => chosen.includes(dot.key));
  for (const { name, at, line, anchor } of placeLabels(dots, named, within, measuring(host))) {
    put('text', { class: 'name', x: at, y: line, 'text-anchor': anchor }, name);
  }
  if (outside.length) {
    const said = document.createElement('p');
    said.className = 'lab-mute';
    said.textContent = words.plane_outside.replace('{nets}', outside.map((row) => row.name).join(', '));
    host.append(said);
  }
}

/**
 * Return the mark of a net, with its name and its numbers as title.
 * @param {Row} row
 * @param {Dot} dot
 * @param {boolean} on
 * @param {string} distance
 */
function dotOf(row, { x, y }, on, distance) {
  const mark = element('g', { class: on ? 'dot on' : 'dot', 'data-key': row.key });
  mark.append(
    element('title', {}, `${row.name}: ${row.cells.psnr_y.text} dB, ${distance}`),
    element('circle', { class: 'reach', cx: x, cy: y, r: 14 }),
    row.invents
      ? element('path', { class: 'mark', d: `M${x} ${y - 7.5}l7.5 7.5l-7.5 7.5l-7.5-7.5z` })
      : element('circle', { class: 'mark', cx: x, cy: y, r: 5.5 }),
  );
  return mark;
}
