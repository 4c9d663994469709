// Two numbers draw a picture: a plane to move in; latent_plane.py says what a value is.

/** @typedef {{ picture: string, steps: number, reach: number, names: string[] }} Value */

const KEYS = /** @type {Record<string, [number, number]>} */ ({
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
});

/**
 * Put the plane into an element; runs once per component.
 * @param {HTMLElement} element
 * @param {{ value: Value | null, words: Record<string, string> }} props
 * @param {(name: string, changed: () => void) => void} watch
 */
export function mount(element, props, watch) {
  const host = part('div', 'sr-plane');
  const field = part('div', 'field');
  const mark = part('i', 'mark');
  const near = part('div', 'near');
  const said = part('output', 'said');
  const hint = part('span', 'hint');
  const side = part('div', 'side');
  field.tabIndex = 0;
  field.setAttribute('role', 'slider');
  field.append(mark);
  side.append(near, said, hint);
  host.append(field, side);
  let column = 0;
  let row = 0;

  /**
   * @param {number} x
   * @param {number} y
   */
  function go(x, y) {
    const { value, words } = props;
    if (!value) return;
    const last = value.steps - 1;
    column = Math.min(Math.max(x, 0), last);
    row = Math.min(Math.max(y, 0), last);
    const at = /** @param {number} i */ (i) => ((2 * i) / last - 1) * value.reach;
    const z = [at(column), -at(row)].map((n) =>
      n
        .toFixed(1)
        .replace(/^-0\.0$/, '0.0')
        .replace('-', '−'),
    );
    const name = value.names[row * value.steps + column];
    said.textContent = `z = (${z.join(', ')})${name ? `\n${(words.read ?? '').replace('{name}', name)}` : ''}`;
    field.ariaValueText = said.textContent;
    field.ariaValueNow = String(row * value.steps + column);
    mark.style.left = `${((column + 0.5) / value.steps) * 100}%`;
    mark.style.top = `${((row + 0.5) / value.steps) * 100}%`;
    near.style.backgroundPosition = `${(column / last) * 100}% ${(row / last) * 100}%`;
    host.dataset.place = `${column},${row}`;
  }

  function draw() {
    if (!element.contains(host)) element.replaceChildren(host);
    const { value, words } = props;
    if (!value) return;
    for (const where of [field, near]) where.style.backgroundImage = `url(${value.picture})`;
    near.style.backgroundSize = `${value.steps * 100}% ${value.steps * 100}%`;
    field.ariaLabel = words.name ?? '';
    field.ariaValueMin = '0';
    field.ariaValueMax = String(value.steps ** 2 - 1);
    hint.textContent = words.hint ?? '';
    go((value.steps - 1) / 2, (value.steps - 1) / 2);
  }

  /** @param {PointerEvent} e */
  function follow(e) {
    if (e.type === 'pointermove' && !e.buttons) return;
    const box = field.getBoundingClientRect();
    const steps = props.value?.steps ?? 1;
    go(
      Math.floor(((e.clientX - box.left) / box.width) * steps),
      Math.floor(((e.clientY - box.top) / box.height) * steps),
    );
  }
  field.onpointerdown = (e) => {
    field.setPointerCapture(e.pointerId);
    follow(e);
  };
  field.onpointermove = follow;
  field.onkeydown = (e) => {
    const step = KEYS[e.key];
    if (!step) return;
    e.preventDefault();
    go(column + step[0], row + step[1]);
  };
  watch('value', draw);
  draw();
}

/**
 * @param {string} tag
 * @param {string} kind its class
 */
function part(tag, kind) {
  const made = document.createElement(tag);
  made.className = kind;
  return made;
}
