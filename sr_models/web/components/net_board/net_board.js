// All nets at once: what is chosen and how it is sorted is kept here, and drawn by a plot, tiles and a table.

import { remember } from '../../client/address.js';
import { make } from '../../client/dom.js';
import { drawPlot } from './plot.js';
import { drawTable, firstSort } from './table.js';

/** @typedef {{ value: number | null, text: string, help: string }} Cell */
/**
 * @typedef {{
 *   key: string, name: string, about: string, use: string, pick: string, invents: boolean,
 *   cells: Record<string, Cell>, facts: Record<string, string>
 * }} Net
 */
/** @typedef {{ key: string, label: string, help: string, least: boolean, sorts: boolean }} Column */
/**
 * What the server sends; see net_board.py.
 * @typedef {{
 *   scales: number[], nets: Record<string, Net[]>, chosen: string, columns: Column[], words: Record<string, string>
 * }} Value
 */
/** @typedef {Record<string, Record<string, [number, string]>>} Seconds by scale and net */
/**
 * @typedef {{
 *   nets: Net[], scale: number, scales: number[], chosen: string, sort: { key: string, up: boolean },
 *   columns: Column[], words: Record<string, string>,
 *   choose: (key: string) => void, sortBy: (key: string) => void, at: (scale: number) => void
 * }} View of one scale, and what may be done with it
 */

/**
 * Put the board into an element; runs once per component.
 * @param {HTMLElement} element
 * @param {{ value: Value | null, seconds: Seconds }} props
 * @param {(names: string[], changed: () => void) => void} watch
 */
export function mount(element, props, watch) {
  const plot = make('div', '', 'sr-board-plot');
  const asked = new URLSearchParams(location.search);
  const state = { scale: Number(asked.get('scale')), chosen: asked.get('arch') ?? '', sort: firstSort('psnr_y', []) };
  let card = false; // whether what the card says is open

  function draw() {
    const { value } = props;
    if (!element.contains(plot)) element.replaceChildren(plot);
    if (!value?.scales.length) return;
    if (!value.scales.includes(state.scale)) state.scale = value.scales[0];
    const known = props.seconds?.[state.scale] ?? {};
    const nets = value.nets[state.scale].map((net) => timed(net, known[net.key]));
    if (!nets.some((net) => net.key === state.chosen)) state.chosen = value.chosen;
    if (!nets.some((net) => net.key === state.chosen)) state.chosen = nets[0].key;
    const view = {
      ...state,
      nets,
      scales: value.scales,
      columns: value.columns,
      words: value.words,
      choose,
      sortBy,
      at,
    };
    drawPlot(plot, view);
    const side = document.querySelector('.sr-board-side');
    if (side) keepingFocus(side, () => drawSide(side, view, card, (open) => (card = open)));
    const table = document.querySelector('.sr-board-table');
    if (table) keepingFocus(table, () => drawTable(table, view));
  }

  /** @param {string} key */
  function choose(key) {
    state.chosen = key;
    remember('arch', key, '.models');
    draw();
  }

  /** @param {number} scale */
  function at(scale) {
    state.scale = scale;
    remember('scale', String(scale), '.models');
    draw();
  }

  /** @param {string} key */
  function sortBy(key) {
    const { sort } = state;
    state.sort = key === sort.key ? { key, up: !sort.up } : firstSort(key, props.value?.columns ?? []);
    draw();
  }

  watch(['value', 'seconds'], draw);
  addEventListener('resize', draw);
  draw();
}

/**
 * Return a net with the seconds that were measured.
 * @param {Net} net
 * @param {[number, string] | undefined} seconds
 * @returns {Net}
 */
function timed(net, seconds) {
  if (!seconds) return net;
  return { ...net, cells: { ...net.cells, seconds: { value: seconds[0], text: seconds[1], help: '' } } };
}

/**
 * Draw anew; what had the focus has it again.
 * @param {Element} host
 * @param {() => void} draw
 */
function keepingFocus(host, draw) {
  const active = document.activeElement;
  const at = active instanceof HTMLElement && host.contains(active) ? active.dataset.at : '';
  draw();
  if (at) /** @type {HTMLElement | null} */ (host.querySelector(`[data-at="${CSS.escape(at)}"]`))?.focus();
}

/**
 * Draw the recommended nets as tiles, and the chosen one in words.
 * @param {Element} host
 * @param {View} view
 * @param {boolean} open whether its card is
 * @param {(open: boolean) => void} opened
 */
function drawSide(host, view, open, opened) {
  const { nets, chosen, words, choose } = view;
  const picks = make('section', '', 'lab-card');
  const tiles = make('div', '', 'lab-tiles');
  for (const net of nets.filter((there) => there.pick)) {
    const tile = make('button', '', 'lab-tile');
    tile.dataset.at = `tile-${net.key}`;
    tile.setAttribute('aria-pressed', String(net.key === chosen));
    const numbers = [
      net.cells.psnr_y && `${net.cells.psnr_y.text} dB`,
      net.cells.seconds && `${net.cells.seconds.text} s`,
    ];
    tile.append(
      make('b', net.invents ? `${net.pick} ◇` : net.pick),
      make('small', net.name),
      make('small', numbers.filter(Boolean).join(' · ')),
    );
    tile.onclick = () => choose(net.key);
    tiles.append(tile);
  }
  const all = make('a', '', 'lab-tile');
  all.href = '#all';
  all.append(make('b', words.all), make('small', words.sorted), make('small', '↓'));
  tiles.append(all);
  picks.append(make('h2', words.picks, 'lab-caption'), tiles);
  const net = nets.find((there) => there.key === chosen);
  const one = make('section', '', 'lab-card one');
  one.setAttribute('aria-live', 'polite');
  if (net) one.append(...saying(net, nets, words, open, opened));
  host.replaceChildren(picks, one);
}

/**
 * Return what is said of one net: its name and number, what it is, where it is used, and what its card tells.
 * @param {Net} net
 * @param {Net[]} nets
 * @param {Record<string, string>} words
 * @param {boolean} open
 * @param {(open: boolean) => void} opened
 */
function saying(net, nets, words, open, opened) {
  const plain = nets.find((there) => there.key === 'bicubic')?.cells.psnr_y?.value;
  const own = net.cells.psnr_y?.value;
  const head = make('p', own === undefined ? net.name : `${net.name}: ${net.cells.psnr_y.text} dB `, 'say');
  if (plain && own && own > plain) head.append(make('span', `+${(own - plain).toFixed(1)}`, 'better'));
  const use = make('a', words.use, 'use');
  use.href = net.use;
  use.dataset.at = 'use';
  /** @type {HTMLElement[]} */
  const parts = [head, make('p', net.about), use];
  const facts = Object.entries(net.facts);
  if (facts.length) {
    const card = make('details', '');
    card.open = open;
    card.ontoggle = () => opened(card.open);
    const list = make('dl', '');
    for (const [caption, said] of facts) list.append(make('dt', caption), make('dd', said));
    const summary = make('summary', words.card);
    summary.dataset.at = 'card';
    card.append(summary, list);
    parts.push(card);
  }
  return parts;
}
