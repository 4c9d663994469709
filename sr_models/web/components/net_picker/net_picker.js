// The choice of a net: tiles for the recommended ones, and a list of all that is sorted by its headers.

import { make } from '../../client/dom.js';

/**
 * @typedef {{ net: string, title: string, pick: string, score: number | null, seconds: string | null,
 *   invents: boolean }} Offer
 * @typedef {{ value: string, offers: Offer[], words: Record<string, string> }} Props
 * @typedef {'title' | 'score' | 'seconds'} Column
 */

const NUMBERS = /** @type {const} */ (['score', 'seconds']);
const STEPS = /** @type {Record<string, number>} */ ({ ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 });

/**
 * Put the choice into an element; runs once per component.
 * @param {HTMLElement} element
 * @param {Props} props
 * @param {(names: string[], changed: () => void) => void} watch
 * @param {(event: string) => void} trigger
 */
export function mount(element, props, watch, trigger) {
  const host = document.createElement('div');
  host.className = 'net-picker';
  const state = { open: false, column: /** @type {Column} */ ('score'), down: true };

  /** @param {string} net */
  function choose(net) {
    if (net === props.value) return;
    props.value = net;
    draw();
    trigger('input');
  }

  /** Draw all of it again; what had the focus keeps it. */
  function draw() {
    if (!element.contains(host)) element.replaceChildren(host);
    host.dataset.net = props.value;
    const key = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.key : '';
    const held = host.contains(document.activeElement);
    host.replaceChildren(
      tiles(props, choose, toggle, state.open),
      ...(state.open ? [list(props, state, choose, draw)] : []),
    );
    if (held && key) /** @type {HTMLElement | null} */ (host.querySelector(`[data-key="${key}"]`))?.focus();
  }

  function toggle() {
    state.open = !state.open;
    draw();
    if (state.open) trigger('expand');
  }

  host.addEventListener('keydown', (e) => {
    if (e.key === 'Escape' && state.open) {
      toggle();
      /** @type {HTMLElement | null} */ (host.querySelector('.more'))?.focus();
    }
  });
  watch(['value', 'offers'], draw);
  draw();
}

/**
 * The recommended nets, and one more tile that opens the list; it names the chosen one where that is no other tile.
 * @param {Props} props
 * @param {(net: string) => void} choose
 * @param {() => void} toggle
 * @param {boolean} open
 */
function tiles({ value, offers, words }, choose, toggle, open) {
  const group = document.createElement('div');
  group.className = 'lab-tiles';
  group.setAttribute('role', 'radiogroup');
  group.setAttribute('aria-label', words.net ?? '');
  const picked = offers.filter((offer) => offer.pick);
  const other = offers.find((offer) => offer.net === value && !offer.pick);
  const buttons = picked.map((offer) => {
    const button = tile(offer.pick, offer.title, offer, words, offer.net);
    button.setAttribute('role', 'radio');
    button.setAttribute('aria-checked', String(offer.net === value));
    button.tabIndex = offer.net === value || (!picked.some((p) => p.net === value) && offer === picked[0]) ? 0 : -1;
    button.onclick = () => choose(offer.net);
    return button;
  });
  group.onkeydown = (e) => {
    const step = STEPS[e.key];
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    if (!step || at < 0) return;
    e.preventDefault();
    const next = buttons[(at + step + buttons.length) % buttons.length];
    next?.focus();
    next?.click();
  };
  const all = `${words.all} (${offers.length})`;
  const more = tile(other ? other.title : all, other ? all : '', other, words, 'more');
  more.classList.add('more');
  more.setAttribute('aria-expanded', String(open));
  if (other) more.setAttribute('aria-current', 'true');
  more.onclick = toggle;
  group.append(...buttons);
  const both = document.createElement('div');
  both.className = 'tiles-and-more';
  both.append(group, more);
  return both;
}

/**
 * @param {string} head
 * @param {string} name
 * @param {Offer | undefined} offer whose numbers are shown
 * @param {Record<string, string>} words
 * @param {string} key
 */
function tile(head, name, offer, words, key) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'lab-tile';
  button.dataset.key = key;
  const score = offer?.score ? offer.score.toFixed(2) : '';
  const said = [name, offer?.seconds && `${offer.seconds} s`];
  button.append(
    make('b', offer?.invents ? `${head} ◇` : head),
    make('span', score, 'score'),
    make('small', said.filter(Boolean).join(' · ')),
  );
  button.title = score ? `${score} dB. ${words.what}` : '';
  return button;
}

/**
 * All nets, sorted by one column.
 * @param {Props} props
 * @param {{ column: Column, down: boolean }} state
 * @param {(net: string) => void} choose
 * @param {() => void} draw
 */
function list({ value, offers, words }, state, choose, draw) {
  const table = document.createElement('table');
  table.className = 'lab-table';
  const head = table.createTHead().insertRow();
  for (const [column, name] of /** @type {[Column, string | undefined][]} */ ([
    ['title', words.net],
    ['score', words.score],
    ['seconds', words.seconds],
  ])) {
    const cell = document.createElement('th');
    cell.scope = 'col';
    if (column === 'title') cell.className = 'left';
    if (column === state.column) cell.setAttribute('aria-sort', state.down ? 'descending' : 'ascending');
    const button = make('button', name ?? '');
    button.dataset.key = `sort-${column}`;
    button.onclick = () => {
      state.down = column === state.column ? !state.down : column === 'score';
      state.column = column;
      draw();
    };
    cell.append(button);
    head.append(cell);
  }
  const body = table.createTBody();
  for (const offer of sorted(offers, state)) {
    const row = body.insertRow();
    row.setAttribute('aria-selected', String(offer.net === value));
    row.onclick = () => choose(offer.net);
    const name = make('button', offer.title, 'lab-link');
    name.dataset.key = `row-${offer.net}`;
    const first = row.insertCell();
    first.className = 'left';
    first.append(
      name,
      make('small', [offer.pick, offer.invents ? `◇ ${words.invents}` : ''].filter(Boolean).join(' · ')),
    );
    for (const column of NUMBERS) row.insertCell().textContent = cellOf(offer, column);
  }
  const said = make('p', words.what ?? '', 'lab-mute');
  const box = document.createElement('div');
  box.className = 'all-nets';
  box.append(table, said);
  return box;
}

/**
 * @param {Offer} offer
 * @param {'score' | 'seconds'} column
 */
function cellOf(offer, column) {
  if (column === 'score') return offer.score === null ? '–' : offer.score.toFixed(2);
  return offer.seconds ?? '–';
}

/**
 * Sort; what is not known comes last either way.
 * @param {Offer[]} offers
 * @param {{ column: Column, down: boolean }} state
 */
function sorted(offers, { column, down }) {
  const sign = down ? -1 : 1;
  if (column === 'title') return [...offers].sort((a, b) => sign * a.title.localeCompare(b.title));
  const known = offers.filter((offer) => offer[column] !== null);
  const unknown = offers.filter((offer) => offer[column] === null);
  return [...known.sort((a, b) => sign * (Number(a[column]) - Number(b[column]))), ...unknown];
}
