// What every plot needs: ticks, labels that lie on nothing, elements of SVG.

/** @typedef {{ left: number, top: number, width: number, height: number }} Box */
/** @typedef {{ key: string, name: string, x: number, y: number }} Dot in pixels */
/** @typedef {Dot & { at: number, line: number, anchor: 'start' | 'middle' | 'end' }} Label where its words begin */

const LINE = 16; // a label's height
const GAP = 10; // from a dot's middle to its label
const NEAR = 8; // a dot's half side, with a little room
const STEPS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const MOST_TICKS = 5;

/**
 * Return both ends of an axis, a tenth beyond the values, and a few round ticks within.
 * @param {number[]} values
 */
export function axis(values) {
  const room = Math.max(Math.max(...values) - Math.min(...values), 0.02) / 10;
  const [low, high] = [Math.min(...values) - room, Math.max(...values) + room];
  const step = STEPS.find((s) => (high - low) / s <= MOST_TICKS) ?? STEPS[STEPS.length - 1];
  const first = Math.ceil(low / step);
  const ticks = [];
  for (let i = first; i * step <= high; i++) ticks.push(Number((i * step).toFixed(6)));
  return { low, high, ticks };
}

/**
 * Return labels that lie within the plot and on no dot and no other label; the first dots come first, and one for which
 * there is no room has none.
 * @param {Dot[]} dots
 * @param {Dot[]} named those to name, the most important first
 * @param {Box} within
 * @param {(words: string) => number} measure
 * @returns {Label[]}
 */
export function placeLabels(dots, named, within, measure) {
  /** @type {Box[]} */
  const taken = dots.map(({ x, y }) => ({ left: x - NEAR, top: y - NEAR, width: 2 * NEAR, height: 2 * NEAR }));
  /** @type {Label[]} */
  const labels = [];
  for (const dot of named) {
    const long = measure(dot.name);
    /** @type {[number, number, 'start' | 'middle' | 'end'][]} */
    const places = [];
    for (const far of [0, 14, 28]) {
      for (const down of far ? [-far, far] : [0]) {
        places.push([dot.x + GAP, dot.y + down, 'start'], [dot.x - GAP, dot.y + down, 'end']);
      }
      places.push([dot.x, dot.y - LINE - far, 'middle'], [dot.x, dot.y + LINE + far, 'middle']);
    }
    for (const [at, middle, anchor] of places) {
      const left = anchor === 'start' ? at : anchor === 'end' ? at - long : at - long / 2;
      const box = { left, top: middle - LINE / 2, width: long, height: LINE };
      if (!contains(within, box) || taken.some((other) => meet(box, other))) continue;
      taken.push(box);
      labels.push({ ...dot, at, line: middle + 4, anchor });
      break;
    }
  }
  return labels;
}

/**
 * @param {Box} a
 * @param {Box} b
 */
function meet(a, b) {
  const apart = a.left >= b.left + b.width || b.left >= a.left + a.width;
  return !(apart || a.top >= b.top + b.height || b.top >= a.top + a.height);
}

/**
 * @param {Box} whole
 * @param {Box} part
 */
function contains(whole, part) {
  const { left, top, width, height } = whole;
  const across = part.left >= left && part.left + part.width <= left + width;
  return across && part.top >= top && part.top + part.height <= top + height;
}

/**
 * Return how wide words are in the font of an element's names.
 * @param {Element} host
 * @returns {(words: string) => number}
 */
export function measuring(host) {
  const pen = document.createElement('canvas').getContext('2d');
  if (pen) pen.font = `600 13px ${getComputedStyle(host).fontFamily}`;
  return (words) => Math.ceil(pen?.measureText(words).width ?? 8 * words.length) + 4;
}

/**
 * Make an element of SVG.
 * @param {string} name
 * @param {Record<string, string | number>} facts
 */
export function element(name, facts, text = '') {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, fact] of Object.entries(facts)) made.setAttribute(key, String(fact));
  if (text) made.textContent = text;
  return made;
}
