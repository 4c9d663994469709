// Drawn pictures on one sheet, each a cell of a grid; samples.py says what a value is.

/**
 * @typedef {{ id: string, picture: string, columns: number, smooth: boolean, chosen: number, label: string,
 *   names: string[] }} Value
 */

/**
 * Return where an arrow key, Home or End leads from a cell.
 * @param {string} key
 * @param {number} at
 * @param {number} columns
 * @param {number} count
 */
export function moved(key, at, columns, count) {
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - columns, ArrowDown: at + columns }[key];
  const ends = /** @type {Record<string, number>} */ ({ Home: 0, End: count - 1 });
  const wanted = to ?? ends[key] ?? at;
  return wanted >= 0 && wanted < count ? wanted : at;
}

/**
 * Lay the sheet out in an element; runs once per component.
 * @param {HTMLElement} element
 * @param {{ value: Value | null }} props
 * @param {(name: string, changed: () => void) => void} watch
 * @param {(event: string, told: { index: number, value: string }) => void} trigger
 */
export function mount(element, props, watch, trigger) {
  const host = document.createElement('div');
  host.className = 'sr-samples';
  /** @type {HTMLElement[]} */
  let cells = [];

  /** @param {number} index */
  function mark(index) {
    cells.forEach((cell, i) => {
      cell.setAttribute('aria-selected', String(i === index));
      cell.tabIndex = i === index ? 0 : -1;
    });
    host.dataset.chosen = String(index);
  }

  /** @param {number} index */
  function choose(index) {
    mark(index);
    trigger('select', { index, value: cells[index]?.ariaLabel ?? '' });
  }

  function draw() {
    if (!element.contains(host)) element.replaceChildren(host);
    const { value } = props;
    if (!value) {
      host.replaceChildren();
      host.dataset.id = '';
      return;
    }
    const at = cells.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (host.dataset.id !== value.id || cells.length !== value.names.length) {
      host.replaceChildren(grid(value));
      cells = [...host.querySelectorAll('[role=gridcell]')].filter((cell) => cell instanceof HTMLElement);
      host.dataset.id = value.id;
    }
    cells.forEach((cell, i) => {
      cell.ariaLabel = value.names[i] ?? '';
    });
    mark(value.chosen);
    if (at >= 0) cells[value.chosen]?.focus();
  }

  host.addEventListener('click', ({ target }) => {
    const index = cells.indexOf(/** @type {HTMLElement} */ (target));
    if (index < 0) return;
    cells[index]?.focus();
    choose(index);
  });
  host.addEventListener('keydown', (e) => {
    const at = cells.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (at < 0 || !props.value || e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === 'Enter' || e.key === ' ') choose(at);
    else {
      const to = moved(e.key, at, props.value.columns, cells.length);
      if (to === at && !e.key.startsWith('Arrow')) return;
      cells.forEach((cell, i) => {
        cell.tabIndex = i === to ? 0 : -1;
      });
      cells[to]?.focus();
    }
    e.preventDefault();
  });
  watch('value', draw);
  draw();
}

/**
 * Return the rows and cells over the sheet's picture.
 * @param {Value} value
 */
function grid({ picture, columns, smooth, label, names }) {
  const made = document.createElement('div');
  made.className = smooth ? 'cells smooth' : 'cells';
  made.setAttribute('role', 'grid');
  made.ariaLabel = label;
  made.style.backgroundImage = `url(${picture})`;
  made.style.setProperty('--columns', String(columns));
  made.style.setProperty('--rows', String(Math.ceil(names.length / columns)));
  for (let first = 0; first < names.length; first += columns) {
    const row = document.createElement('div');
    row.setAttribute('role', 'row');
    for (let i = first; i < Math.min(first + columns, names.length); i++) {
      const cell = document.createElement('div');
      cell.setAttribute('role', 'gridcell');
      row.append(cell);
    }
    made.append(row);
  }
  return made;
}
