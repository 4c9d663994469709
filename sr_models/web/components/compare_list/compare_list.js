// The list of what is compared: rows that are sorted here, and put into the viewer by a click or a key.

import { find } from '../../client/dom.js';
import { firstSort, sorted, toggled } from './order.js';
import { drawPlane } from './plane.js';

/** @import { Row, Sort, Value } from './order.js' */
/** @typedef {(event: 'select' | 'submit' | 'click', data?: { index: unknown, value: null }) => void} Trigger */

const HTML = `
  <p class="say"></p>
  <p class="lab-mute about"><span></span> <span class="count" aria-live="polite"></span></p>
  <p class="why" role="status"></p>
  <table class="lab-table" role="grid" aria-multiselectable="true">
    <thead><tr></tr></thead><tbody></tbody>
  </table>
  <p class="full lab-mute" role="status"></p>
  <div class="foot"><button type="button" class="use"></button><button type="button" class="again"></button></div>
  <p class="lab-mute note"></p>`;

/**
 * Put a list into an element; runs once per component.
 * @param {HTMLElement} element
 * @param {{ value: Value | null, stale: string }} props
 * @param {(names: string[], changed: () => void) => void} watch
 * @param {Trigger} trigger
 */
export function mount(element, props, watch, trigger) {
  const list = new List(trigger);
  const load = () => {
    if (!element.contains(list.host)) element.replaceChildren(list.host);
    list.show(props.value, props.stale ?? '');
  };
  watch(['value', 'stale'], load);
  addEventListener('resize', () => list.plane());
  load();
}

class List {
  /** @type {Value | null} */
  #value = null;
  #stale = '';
  /** @type {Sort} */
  #sort = { key: '', up: false };
  /** @type {string[]} */
  #chosen = [];
  #last = ''; // the net that the visitor chose last
  #at = ''; // the row that the Tab key comes to
  #hot = '';
  /** @type {Map<string, HTMLTableRowElement>} */
  #rows = new Map();

  /** @param {Trigger} trigger */
  constructor(trigger) {
    this.trigger = trigger;
    this.host = document.createElement('section');
    this.host.className = 'sr-list lab-card';
    this.host.innerHTML = HTML;
    this.head = find(this.host, 'thead tr', HTMLTableRowElement);
    this.body = find(this.host, 'tbody', HTMLTableSectionElement);
    this.use = find(this.host, '.use', HTMLButtonElement);
    this.again = find(this.host, '.again', HTMLButtonElement);
    this.use.addEventListener('click', () => this.trigger('submit', { index: this.#net()?.key, value: null }));
    this.again.addEventListener('click', () => this.trigger('click'));
    this.body.addEventListener('keydown', (event) => this.#key(event));
  }

  /**
   * Show a comparison, or nothing.
   * @param {Value | null} value
   * @param {string} stale why it is not of now, '' where it is
   */
  show(value, stale) {
    const before = this.#value;
    this.#value = value;
    this.#stale = stale;
    this.host.hidden = !value;
    if (value && value.id !== before?.id) {
      this.#sort = firstSort(value.sort, value.columns);
      this.#last = this.#at = '';
      this.#rows.clear();
    }
    if (value && value !== before) this.#chosen = value.chosen;
    this.#say('full', '');
    this.render();
  }

  /** Draw all of it. */
  render() {
    const value = this.#value;
    if (value) {
      const { words } = value;
      this.host.classList.toggle('stale', Boolean(this.#stale));
      this.host.setAttribute('aria-label', words.list_caption);
      this.#say('say', value.title);
      this.#say('about span', value.about);
      this.#say('note', value.note);
      this.#say('why', this.#stale);
      this.#heads(value);
      this.#draw(value);
      const net = this.#net();
      this.use.hidden = Boolean(this.#stale) || !net;
      this.use.disabled = value.running;
      this.use.textContent = words.list_enlarge.replace('{net}', net?.name ?? '');
      this.again.hidden = !this.#stale || !value.rows.some((row) => row.net);
      this.again.textContent = words.list_again;
    }
    this.plane();
  }

  /** Draw the plane where the page has a place for it. */
  plane() {
    const place = document.querySelector('.sr-plane');
    if (!(place instanceof HTMLElement)) return;
    place.classList.toggle('stale', Boolean(this.#stale));
    drawPlane(place, this.#value, this.#chosen, {
      toggle: (key) => this.#toggle(key),
      hover: (key) => this.#hover(key),
    });
  }

  /**
   * @param {string} where
   * @param {string} words
   */
  #say(where, words) {
    const part = find(this.host, `.${where}`, HTMLElement);
    if (part.textContent !== words) part.textContent = words;
  }

  /** Return the net to enlarge with: the one that was chosen last, else the first. */
  #net() {
    const nets = sorted(this.#value?.rows ?? [], this.#sort).filter((row) => row.net && row.file);
    return nets.find((row) => row.key === this.#last) ?? nets[0];
  }

  /** @param {Value} value */
  #heads({ columns, words }) {
    const wanted = [{ key: 'name', label: words.list_name, help: '' }, ...columns];
    const shape = JSON.stringify(wanted);
    if (this.head.dataset.shape !== shape) {
      this.head.dataset.shape = shape;
      this.head.innerHTML =
        '<th scope="col" class="left"><span class="lab-unseen"></span></th>' +
        wanted.map(() => '<th scope="col"><button type="button"></button></th>').join('') +
        '<th scope="col"><span class="lab-unseen"></span></th>';
      find(this.head, 'th:first-child span', HTMLElement).textContent = words.list_picture;
      find(this.head, 'th:last-child span', HTMLElement).textContent = words.list_chosen;
      [...this.head.querySelectorAll('button')].forEach((button, i) => {
        const { key, label, help } = wanted[i];
        button.textContent = label;
        button.title = help;
        button.dataset.key = key;
        button.parentElement?.classList.toggle('left', key === 'name');
        button.addEventListener('click', () => this.#sortBy(key));
      });
    }
    for (const button of this.head.querySelectorAll('button')) {
      const th = /** @type {HTMLElement} */ (button.parentElement);
      if (button.dataset.key !== this.#sort.key) th.removeAttribute('aria-sort');
      else th.setAttribute('aria-sort', this.#sort.up ? 'ascending' : 'descending');
    }
  }

  /** @param {string} key */
  #sortBy(key) {
    const { columns } = /** @type {Value} */ (this.#value);
    this.#sort = key === this.#sort.key ? { key, up: !this.#sort.up } : firstSort(key, columns);
    this.render();
  }

  /** @param {Value} value */
  #draw(value) {
    const rows = sorted(value.rows, this.#sort);
    const keys = rows.map((row) => row.key);
    if (!keys.includes(this.#at)) this.#at = keys[0] ?? '';
    const wanted = rows.map((row) => this.#row(row, value));
    const focused = document.activeElement;
    if (wanted.some((tr, i) => this.body.children[i] !== tr) || this.body.children.length !== wanted.length) {
      this.body.replaceChildren(...wanted);
      if (focused instanceof HTMLElement && this.body.contains(focused)) focused.focus();
    }
    this.#say('count', value.words.list_count.replace('{count}', String(this.#chosen.length)));
  }

  /**
   * Return a row, the same element as long as the list is of the same comparison.
   * @param {Row} row
   * @param {Value} value
   */
  #row(row, { columns, words, running }) {
    const tr = this.#rows.get(row.key) ?? document.createElement('tr');
    const cells = columns.map(({ key }) => row.cells[key]?.text ?? '');
    const shape = JSON.stringify([row, columns.length, running]);
    if (tr.dataset.shape !== shape) {
      tr.dataset.shape = shape;
      tr.dataset.key = row.key;
      tr.innerHTML = `<td class="left"></td><td class="left name"></td>${
        row.file ? columns.map(() => '<td></td>').join('') : `<td class="waits" colspan="${columns.length}"></td>`
      }<td class="tick" aria-hidden="true"></td>`;
      if (row.file) {
        const picture = document.createElement('img');
        Object.assign(picture, { src: row.file.url, alt: '', loading: 'lazy' });
        tr.children[0].append(picture);
        cells.forEach((cell, i) => {
          tr.children[i + 2].textContent = cell;
        });
      } else tr.children[2].textContent = running ? words.list_waits : '–';
      tr.children[1].append(...named(row, words));
      tr.onclick = () => this.#toggle(row.key);
      tr.onmouseenter = () => this.#hover(row.key);
      tr.onmouseleave = () => this.#hover('');
    }
    this.#rows.set(row.key, tr);
    const chosen = this.#chosen.includes(row.key);
    tr.tabIndex = row.key === this.#at ? 0 : -1;
    tr.setAttribute('aria-selected', String(chosen));
    /** @type {Element} */ (tr.lastElementChild).textContent = chosen ? '✓' : '';
    return tr;
  }

  /** @param {string} key */
  #toggle(key) {
    const value = this.#value;
    const row = value?.rows.find((there) => there.key === key);
    if (!value || value.running || this.#stale || !row?.file) return;
    const { chosen, why } = toggled(this.#chosen, key, value.limit);
    this.#at = key;
    if (row.net && chosen.includes(key)) this.#last = key;
    if (!why) {
      this.#chosen = chosen;
      this.trigger('select', { index: chosen, value: null });
    }
    this.render();
    this.#say('full', why ? value.words[`list_${why}`] : '');
  }

  /** @param {string} key */
  #hover(key) {
    this.#hot = key;
    for (const [name, tr] of this.#rows) tr.classList.toggle('hot', name === this.#hot);
    for (const dot of document.querySelectorAll('.sr-plane [data-key]')) {
      dot.classList.toggle('hot', dot.getAttribute('data-key') === this.#hot);
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const tr = event.target instanceof Element ? event.target.closest('tr') : null;
    if (!tr) return;
    const rows = [...this.body.rows];
    const at = rows.indexOf(tr);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (event.key === 'Enter' || event.key === ' ') this.#toggle(tr.dataset.key ?? '');
    else if (to !== undefined) {
      const next = rows[Math.min(Math.max(to, 0), rows.length - 1)];
      this.#at = next.dataset.key ?? '';
      for (const row of rows) row.tabIndex = row === next ? 0 : -1;
      next.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/**
 * Return a row's name, for what it is recommended, and whether it invents.
 * @param {Row} row
 * @param {Record<string, string>} words
 */
function named(row, words) {
  const name = document.createElement('b');
  name.textContent = row.name;
  const parts = [name];
  if (row.pick) {
    const pick = document.createElement('small');
    pick.textContent = row.pick;
    parts.push(pick);
  }
  if (row.invents) {
    const chip = document.createElement('span');
    chip.className = 'lab-chip invents';
    chip.textContent = `◇ ${words.list_invents}`;
    parts.push(chip);
  }
  return parts;
}
