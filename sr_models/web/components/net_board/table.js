// The table of all nets at a scale, sorted by any column that holds numbers, or by name.

import { make } from '../../client/dom.js';

/** @import { Column, Net, View } from './net_board.js' */

/**
 * Return how a column is sorted at first: the best on top, names from A.
 * @param {string} key
 * @param {Column[]} columns
 */
export function firstSort(key, columns) {
  return { key, up: key === 'name' || Boolean(columns.find((column) => column.key === key)?.least) };
}

/**
 * Return the nets as they stand; those without the number come last either way.
 * @param {Net[]} nets
 * @param {{ key: string, up: boolean }} sort
 */
export function sorted(nets, { key, up }) {
  const sign = up ? 1 : -1;
  if (key === 'name') return [...nets].sort((a, b) => sign * a.name.localeCompare(b.name));
  const numberOf = (/** @type {Net} */ net) => net.cells[key]?.value ?? null;
  const known = nets.filter((net) => numberOf(net) !== null);
  known.sort((a, b) => sign * (Number(numberOf(a)) - Number(numberOf(b))));
  return [...known, ...nets.filter((net) => numberOf(net) === null)];
}

/**
 * Draw the table into its place.
 * @param {Element} host
 * @param {View} view
 */
export function drawTable(host, view) {
  const { nets, scale, scales, words, sort } = view;
  const head = make('div', '', 'head');
  const count = words.count.replace('{count}', String(nets.filter((net) => net.key !== 'bicubic').length));
  const choice = make('div', '', 'scales');
  choice.setAttribute('role', 'group');
  for (const other of scales) {
    const button = make('button', `×${other}`);
    button.dataset.at = `scale-${other}`;
    button.setAttribute('aria-pressed', String(other === scale));
    button.onclick = () => view.at(other);
    choice.append(button);
  }
  head.append(
    make('h2', count.replace('{scale}', String(scale))),
    choice,
    make('p', words.about.replaceAll('{scale}', String(scale)), 'lab-mute'),
  );
  const table = make('table', '', 'lab-table');
  table.setAttribute('aria-label', words.table);
  const row = table.createTHead().insertRow();
  const name = { key: 'name', label: words.net, help: '', least: true, sorts: true };
  for (const column of [name, ...view.columns]) row.append(heading(column, sort, view.sortBy));
  const body = table.createTBody();
  for (const net of sorted(nets, sort)) body.append(line(net, view));
  const frame = make('div', '', 'frame');
  frame.append(table);
  host.replaceChildren(head, frame);
}

/**
 * @param {Column} column
 * @param {{ key: string, up: boolean }} sort
 * @param {(key: string) => void} sortBy
 */
function heading({ key, label, help, sorts }, sort, sortBy) {
  const cell = make('th', sorts ? '' : label, kindOf(key, sorts));
  cell.scope = 'col';
  cell.title = help;
  if (!sorts) return cell;
  if (key === sort.key) cell.setAttribute('aria-sort', sort.up ? 'ascending' : 'descending');
  const button = make('button', label);
  button.dataset.at = `sort-${key}`;
  button.onclick = () => sortBy(key);
  cell.append(button);
  return cell;
}

/**
 * @param {Net} net
 * @param {View} view
 */
function line(net, { chosen, columns, words, choose }) {
  const row = document.createElement('tr');
  row.setAttribute('aria-selected', String(net.key === chosen));
  row.onclick = () => choose(net.key);
  const first = row.insertCell();
  first.className = 'left';
  const name = make('button', net.name, 'lab-link');
  name.dataset.at = `row-${net.key}`;
  const said = [net.pick, net.invents ? `◇ ${words.invents}` : ''].filter(Boolean).join(' · ');
  first.append(name, make('small', said));
  for (const { key, sorts } of columns) {
    const { text = '–', help = '' } = net.cells[key] ?? {};
    const cell = row.insertCell();
    cell.className = kindOf(key, sorts);
    cell.textContent = text;
    cell.title = help;
  }
  return row;
}

/**
 * Return the class of a column's cells: words stand left, and some columns are left out where there is no room.
 * @param {string} key
 * @param {boolean} sorts
 */
function kindOf(key, sorts) {
  const wide = !['name', 'psnr_y', 'lpips_alex', 'seconds'].includes(key);
  return [key, sorts && key !== 'name' ? '' : 'left', wide ? 'wide' : ''].filter(Boolean).join(' ');
}
