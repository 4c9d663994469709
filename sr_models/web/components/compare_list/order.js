// In which order rows stand, and which of them stand in the viewer: facts alone, no elements.

/** @typedef {{ url: string }} FileData */
/** @typedef {{ value: number, text: string }} Cell */
/**
 * @typedef {{
 *   key: string, name: string, file: FileData | null, pick: string, invents: boolean, net: boolean,
 *   cells: Record<string, Cell>
 * }} Row
 */
/** @typedef {{ key: string, label: string, help: string, higher: boolean }} Column */
/**
 * What the server sends; see compare_list.py.
 * @typedef {{
 *   id: string, title: string, about: string, note: string, rows: Row[], columns: Column[], sort: string,
 *   chosen: string[], limit: number, running: boolean, distance: string, ways: [number, number][][],
 *   no_plane: string, words: Record<string, string>
 * }} Value
 */
/** @typedef {{ key: string, up: boolean }} Sort by a column, or by `name`; `up`: the least first */

/**
 * Return how a column is sorted at first: the best on top.
 * @param {string} key
 * @param {Column[]} columns
 * @returns {Sort}
 */
export function firstSort(key, columns) {
  return { key, up: !columns.find((column) => column.key === key)?.higher };
}

/**
 * Return the rows as they stand: those without the number last, as they came.
 * @param {Row[]} rows
 * @param {Sort} sort
 * @returns {Row[]}
 */
export function sorted(rows, { key, up }) {
  const has = (/** @type {Row} */ row) => (key === 'name' ? row.net : key in row.cells);
  const compare = (/** @type {Row} */ a, /** @type {Row} */ b) =>
    key === 'name' ? a.name.localeCompare(b.name) : a.cells[key].value - b.cells[key].value;
  const there = rows.filter(has).sort((a, b) => (up ? compare(a, b) : compare(b, a)));
  return [...there, ...rows.filter((row) => !has(row))];
}

/**
 * Put a row into the viewer or take it out; say why where that is not possible.
 * @param {string[]} chosen
 * @param {string} key
 * @param {number} limit
 * @returns {{ chosen: string[], why: '' | 'full' | 'one' }}
 */
export function toggled(chosen, key, limit) {
  if (!chosen.includes(key)) {
    return chosen.length < limit ? { chosen: [...chosen, key], why: '' } : { chosen, why: 'full' };
  }
  return chosen.length > 1 ? { chosen: chosen.filter((other) => other !== key), why: '' } : { chosen, why: 'one' };
}
