// PSNR against seconds on this machine: a dot for each net, a diamond for one that invents, a line along the best.

import { make } from '../../client/dom.js';
import { axis, element, measuring, placeLabels } from '../../client/plot.js';

/** @import { Net, View } from './net_board.js' */

const ROOM = { left: 40, right: 14, top: 26, bottom: 46 };
const ROUND = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300]; // seconds of ticks
const NARROW = 560; // px of a plot that has no room for the names of all

/**
 * Return the nets that are drawn, those that lie below bicubic and would push the others into a corner, and those whose
 * seconds are not known.
 * @param {Net[]} nets
 */
export function drawn(nets) {
  const measured = nets.filter((net) => net.cells.psnr_y);
  const least = nets.find((net) => net.key === 'bicubic')?.cells.psnr_y?.value ?? -Infinity;
  const below = measured.filter((net) => Number(net.cells.psnr_y.value) < least);
  const above = measured.filter((net) => !below.includes(net));
  return {
    near: above.filter((net) => net.cells.seconds),
    below,
    unknown: above.filter((net) => !net.cells.seconds),
  };
}

/**
 * Return the nets than which none is both better and faster, the fastest first; what invents aims at something else.
 * @param {Net[]} nets
 */
export function best(nets) {
  const there = nets.filter((net) => !net.invents);
  there.sort((a, b) => Number(a.cells.seconds.value) - Number(b.cells.seconds.value));
  let high = -Infinity;
  return there.filter((net) => {
    const value = Number(net.cells.psnr_y.value);
    const better = value > high;
    high = Math.max(high, value);
    return better;
  });
}

/**
 * Draw the plot into its place.
 * @param {HTMLElement} host
 * @param {View} view
 */
export function drawPlot(host, view) {
  const { nets, words, chosen, choose } = view;
  const { near, below, unknown } = drawn(nets);
  const width = Math.max(host.clientWidth, 260);
  const height = width < NARROW ? 320 : Math.max(host.clientHeight, 400);
  const svg = element('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img' });
  svg.setAttribute('aria-label', words.plot);
  const put = (/** @type {string} */ at, /** @type {Record<string, string | number>} */ facts, said = '') =>
    svg.append(element(at, facts, said));
  const base = height - ROOM.bottom;
  const y = axis([...near, ...unknown].map((net) => Number(net.cells.psnr_y.value)));
  const down = (/** @type {number} */ v) => ROOM.top + ((y.high - v) / (y.high - y.low)) * (base - ROOM.top);
  for (const tick of y.ticks) {
    put('line', { class: 'tick', x1: ROOM.left, x2: width - ROOM.right, y1: down(tick), y2: down(tick) });
    put('text', { x: ROOM.left - 6, y: down(tick) + 4, 'text-anchor': 'end' }, String(tick));
  }
  const seconds = near.map((net) => Math.log(Number(net.cells.seconds.value)));
  const ends = seconds.length > 1 ? seconds : [...seconds, Math.log(0.01), Math.log(1)];
  const [low, high] = [Math.min(...ends) - 0.3, Math.max(...ends) + 0.3];
  const along = (/** @type {number} */ v) =>
    ROOM.left + ((Math.log(v) - low) / (high - low)) * (width - ROOM.left - ROOM.right);
  for (const tick of ROUND.filter((there) => Math.log(there) > low && Math.log(there) < high)) {
    put('line', { class: 'tick', x1: along(tick), x2: along(tick), y1: ROOM.top - 8, y2: base });
    put('text', { x: along(tick), y: base + 16, 'text-anchor': 'middle' }, String(tick));
  }
  put('text', { x: 2, y: 12 }, '↑ dB');
  put('text', { x: width - 4, y: height - 8, 'text-anchor': 'end' }, words.axis);
  const dots = near.map((net) => ({
    key: net.key,
    name: width >= NARROW && net.pick ? `${net.pick} · ${net.name}` : net.pick || net.name,
    x: along(Number(net.cells.seconds.value)),
    y: down(Number(net.cells.psnr_y.value)),
  }));
  const edge = best(near).map((net) => dots.find((dot) => dot.key === net.key));
  put('polyline', { class: 'edge', points: edge.map((dot) => `${dot?.x},${dot?.y}`).join(' ') });
  near.forEach((net, i) => {
    const mark = markOf(net, dots[i], net.key === chosen);
    mark.addEventListener('click', () => choose(net.key));
    svg.append(mark);
  });
  const isFirst = (/** @type {string} */ key) => key === chosen || Boolean(near.find((net) => net.key === key)?.pick);
  const first = dots.filter((dot) => isFirst(dot.key));
  const named = width < NARROW ? first : [...first, ...dots.filter((dot) => !isFirst(dot.key))];
  const within = { left: ROOM.left, top: 14, width: width - ROOM.left - 2, height: base - 14 };
  for (const { key, name, at, line, anchor } of placeLabels(dots, named, within, measuring(host))) {
    put('text', { class: isFirst(key) ? 'name' : 'other', x: at, y: line, 'text-anchor': anchor }, name);
  }
  const said = [
    below.length ? words.below.replace('{nets}', below.map((net) => net.name).join(', ')) : '',
    unknown.length ? words.no_seconds.replace('{count}', String(unknown.length)) : '',
  ];
  host.replaceChildren(svg, make('p', said.filter(Boolean).join(' '), 'lab-mute'));
}

/**
 * Return the mark of a net, with its name and its numbers as title.
 * @param {Net} net
 * @param {{ x: number, y: number }} at
 * @param {boolean} on
 */
function markOf(net, { x, y }, on) {
  const size = net.pick ? 7.5 : 5.5;
  const mark = element('g', { class: ['dot', net.pick && 'pick', on && 'on'].filter(Boolean).join(' ') });
  mark.setAttribute('data-key', net.key);
  mark.append(
    element('title', {}, `${net.name}: ${net.cells.psnr_y.text} dB, ${net.cells.seconds.text} s`),
    element('circle', { class: 'reach', cx: x, cy: y, r: 14 }),
    net.invents
      ? element('path', {
          class: 'mark',
          d: `M${x} ${y - size - 2}l${size + 2} ${size + 2}l-${size + 2} ${size + 2}l-${size + 2}-${size + 2}z`,
        })
      : element('circle', { class: 'mark', cx: x, cy: y, r: size }),
  );
  return mark;
}
