// The viewer: one canvas that shows up to six pictures of equal size, pixel for pixel. viewer.py says what a value is.

import { Controls } from './controls.js';
import { Drawing, fitCanvas } from './drawing.js';
import { Input } from './input.js';
import { build } from './parts.js';
import { inAddress, ofAddress } from './place.js';
import { MODES, State } from './state.js';

/** @import { Parts } from './parts.js' */
/** @import { Value } from './state.js' */

const still = matchMedia('(prefers-reduced-motion: reduce)');

/**
 * Put a viewer into an element; runs once per component.
 * @param {HTMLElement} element
 * @param {{ value: Value | null }} props
 * @param {(name: string, changed: () => void) => void} watch
 */
export function mount(element, props, watch) {
  const parts = build();
  const state = new State();
  const drawing = new Drawing(parts, state);
  const controls = new Controls(parts, state, drawing);
  new Input(parts, state, drawing, controls);
  const asked = new URL(location.href).searchParams;
  state.view.mode = MODES.find((mode) => mode === asked.get('view')) ?? 'slider';
  state.go(ofAddress(asked));
  const load = () => {
    if (!element.contains(parts.host)) element.replaceChildren(parts.host);
    return show(props.value, parts, state, drawing, controls);
  };
  fitCanvas(parts.canvas, () => {
    if (!state.value) return;
    controls.render();
    drawing.draw();
  });
  Object.assign(parts.host, { viewer: outside(state, drawing, controls) });
  watch('value', load);
  load();
}

/**
 * Show a value, or nothing; `data-loading`, `data-id` and `data-state` tell the page how far it is.
 * @param {Value | null} value
 * @param {Parts} parts
 * @param {State} state
 * @param {Drawing} drawing
 * @param {Controls} controls
 */
async function show(value, { host, canvas, labels, handle }, state, drawing, controls) {
  host.dataset.loading = 'yes';
  const fresh = value && value.id !== state.value?.id;
  if (value) {
    controls.label(value.words);
    if (!(await state.take(value))) return;
    controls.render();
  } else {
    state.clear();
    labels.replaceChildren();
    handle.hidden = true;
  }
  const held = document.activeElement;
  drawing.draw();
  // What is hidden now would leave the focus to nobody.
  if (held && host.contains(held) && !held.checkVisibility()) canvas.focus({ preventScroll: true });
  host.dataset.id = value ? value.id : '';
  host.dataset.state = value ? (value.tiles.length ? 'tiles' : 'whole') : '';
  host.dataset.loading = 'no';
  if (fresh && value.mode) bringIntoSight(host);
  if (value?.subject) controls.tellPlace();
}

/**
 * Scroll the page to the viewer where less than half of what fits on the screen is seen of it.
 * @param {HTMLElement} host
 */
function bringIntoSight(host) {
  const { top, bottom, height } = host.getBoundingClientRect();
  const seen = Math.min(bottom, innerHeight) - Math.max(top, 0);
  if (seen > Math.min(height, innerHeight) / 2) return;
  host.scrollIntoView({ block: 'center', behavior: still.matches ? 'instant' : 'smooth' });
}

/**
 * Return what the page, the tests and the bench may do from outside, as `element.viewer`.
 * @param {State} state
 * @param {Drawing} drawing
 * @param {Controls} controls
 */
function outside(state, drawing, controls) {
  let place = [0.5, 0.5];
  return {
    view: state.view,
    draw: () => drawing.draw(),
    setZoom: controls.setZoom.bind(controls),
    setMode: controls.setMode.bind(controls),
    setSplit: controls.setSplit.bind(controls),
    pictures: () => state.shown(),

    /** Return where the visitor looks at the result, as the address says it. */
    place: () => inAddress(state.ownPlace()),

    /**
     * Look where an address says.
     * @param {URLSearchParams} asked
     */
    go(asked) {
      state.go(ofAddress(asked));
      controls.render();
      drawing.schedule();
    },

    /** Return where the visitor looks, or where the frame is, as shares; a comparison that stands keeps its place. */
    centre() {
      const { value, view } = state;
      if (value && !value.mode) {
        const [x, y] = view.framed && value.frame ? [view.frameX, view.frameY] : [view.x, view.y];
        place = [x / value.width, y / value.height];
      }
      return place;
    },

    /**
     * Show pictures that no server sent.
     * @param {number} width
     * @param {number} height
     * @param {{ name: string, bitmap: ImageBitmap }[]} bitmaps
     */
    put(width, height, bitmaps) {
      state.clear();
      const shown = {
        pictures: [],
        tiles: [],
        waiting: '',
        frame: 0,
        framed: false,
        see_through: false,
        ramp: [],
        words: {},
      };
      state.value = { id: '', subject: '', width, height, mode: '', ...shown };
      state.pictures = bitmaps.map((picture) => ({ url: '', ...picture }));
      Object.assign(state.view, { x: width / 2, y: height / 2, first: 0, second: 1 });
      drawing.draw();
    },
  };
}
