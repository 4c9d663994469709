// The toolbar, and what its buttons, the keys and the mouse can do to the view.

import { MODES } from './state.js';
import { nextZoom, ZOOMS, zoomAround, zoomOf } from './viewport.js';

/** @import { Drawing } from './drawing.js' */
/** @import { Parts } from './parts.js' */
/** @import { Mode, State } from './state.js' */
/** @import { Point, Zoom } from './viewport.js' */

const GAINS = [1, 2, 4, 8, 16];
const BLINK_PAUSE = 500; // ms: no faster than twice a second
const still = matchMedia('(prefers-reduced-motion: reduce)');

export class Controls {
  /** @type {Record<string, string>} */
  #words = {};
  #blinked = -BLINK_PAUSE;

  /**
   * @param {Parts} parts
   * @param {State} state
   * @param {Drawing} drawing
   */
  constructor(parts, state, drawing) {
    this.parts = parts;
    this.state = state;
    this.drawing = drawing;
    const { view } = state;
    toggle(parts.magnify, () => {
      this.moveLens({ x: parts.canvas.width / 2, y: parts.canvas.height / 2 });
      return this.#look({ lens: !view.lens }).lens;
    });
    toggle(parts.smooth, () => this.#look({ smooth: !view.smooth }).smooth);
    toggle(parts.framed, () => this.#look({ framed: !view.framed }).framed);
    for (const gain of GAINS) parts.gains.add(new Option(`${gain}×`, String(gain), false, gain === view.gain));
    for (const which of /** @type {const} */ (['first', 'second'])) {
      parts[which].onchange = () => this.#look({ [which]: Number(parts[which].value) });
    }
    parts.gains.onchange = () => this.#look({ gain: Number(parts.gains.value) });
    parts.zoom.onchange = () => this.setZoom(/** @type {Zoom} */ (Number(parts.zoom.value) || 'fit'));
    /** @type {HTMLElement} */ (parts.full.parentElement).hidden = !document.fullscreenEnabled;
    parts.full.onclick = () =>
      document.fullscreenElement ? document.exitFullscreen() : parts.host.requestFullscreen();
    document.addEventListener('fullscreenchange', () => {
      parts.full.setAttribute('aria-pressed', String(document.fullscreenElement === parts.host));
    });
  }

  /**
   * Change the view and draw it.
   * @param {Partial<State['view']>} changes
   */
  #look(changes) {
    this.drawing.schedule();
    return Object.assign(this.state.view, changes);
  }

  // --- what can be done -----------------------------------------------------------------------------------------

  /** @param {Mode} mode */
  setMode(mode) {
    const { value, view } = this.state;
    if (mode === 'blink' && view.mode === 'blink') {
      this.blink();
      return;
    }
    this.#look({ mode, flipped: false });
    if (value && !value.mode) {
      this.parts.host.dispatchEvent(new CustomEvent('sr-view', { detail: mode, bubbles: true }));
    }
    this.render();
  }

  /**
   * Zoom; what lies under a point of the canvas stays there.
   * @param {Zoom} zoom
   * @param {Point} [under]
   */
  setZoom(zoom, under) {
    const { value, view } = this.state;
    if (value && under && zoom !== 'fit') {
      const cell = this.drawing.cellAt(under);
      Object.assign(view, zoomAround(view, under, cell, this.drawing.zoom(value, cell), zoom));
    }
    this.#look({ zoom });
    this.#mark();
    this.#moved();
  }

  #moved() {
    this.state.moved();
    this.tellPlace();
  }

  /** Tell the page that another place is looked at; what is seen of a comparison is not the result's. */
  tellPlace() {
    const { value } = this.state;
    if (value && !value.mode) this.parts.host.dispatchEvent(new CustomEvent('sr-place', { bubbles: true }));
  }

  /**
   * @param {1 | -1} direction
   * @param {Point} [under]
   */
  stepZoom(direction, under) {
    const { value } = this.state;
    const next = value && nextZoom(this.drawing.zoom(value), direction);
    if (next) this.setZoom(next, under);
  }

  /**
   * Follow two fingers: zoom by how far they part, around their middle, and move along with it.
   * @param {Point} before where one of them was
   * @param {Point} now where it is
   * @param {Point} other where the other one is
   */
  pinch(before, now, other) {
    const { value, view } = this.state;
    if (!value) return;
    const apart = (/** @type {Point} */ point) => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y));
    const middle = { x: (before.x + other.x) / 2, y: (before.y + other.y) / 2 };
    const cell = this.drawing.cellAt(middle);
    const zoom = this.drawing.zoom(value, cell);
    const least = Math.min(zoom, zoomOf('fit', value, cell));
    const wanted = Math.min(ZOOMS[ZOOMS.length - 1], Math.max(least, (zoom * apart(now)) / apart(before)));
    Object.assign(view, zoomAround(view, middle, cell, zoom, wanted), { zoom: wanted });
    this.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
  }

  /**
   * Go on from any zoom to the nearest step, at which picture pixels are squares.
   * @param {Point} under
   */
  settle(under) {
    const { value, view } = this.state;
    if (!value || view.zoom === 'fit') return;
    const { zoom } = view;
    const fit = zoomOf('fit', value, this.drawing.cellAt(under));
    const steps = ZOOMS.filter((step) => step > fit);
    const away = (/** @type {number} */ step) => Math.abs(Math.log(step / zoom));
    const nearest = [fit, ...steps].sort((a, b) => away(a) - away(b))[0];
    this.setZoom(nearest === fit ? 'fit' : nearest, under);
  }

  /**
   * Put the lens over a point of the canvas.
   * @param {Point} point
   */
  moveLens({ x, y }) {
    const { width, height } = this.parts.canvas;
    this.#look({ lensAt: { x: Math.min(width, Math.max(0, x)), y: Math.min(height, Math.max(0, y)) } });
  }

  /** Show the other picture. */
  blink() {
    const { view } = this.state;
    if (still.matches && view.mode !== 'blink') return;
    const now = performance.now();
    if (now - this.#blinked < BLINK_PAUSE) return;
    this.#blinked = now;
    this.#look({ flipped: !view.flipped });
    this.render();
  }

  /** @param {number} split the first picture's share of the width */
  setSplit(split) {
    this.#look({ split: Math.min(1, Math.max(0, split)) });
  }

  /**
   * Move the pictures.
   * @param {number} dx device pixels
   * @param {number} dy
   */
  pan(dx, dy) {
    const { value, view } = this.state;
    if (!value) return;
    const zoom = this.drawing.zoom(value);
    this.#look({ x: view.x - dx / zoom, y: view.y - dy / zoom });
    this.#moved();
  }

  /**
   * Move the frame.
   * @param {number} dx picture pixels
   * @param {number} dy
   */
  moveFrame(dx, dy) {
    const { view } = this.state;
    this.#look({ frameX: view.frameX + dx, frameY: view.frameY + dy });
  }

  // --- the toolbar ----------------------------------------------------------------------------------------------

  /** Offer what the pictures that stand allow. */
  render() {
    const { parts, state } = this;
    const { value, view } = state;
    this.drawing.shape();
    this.#choices(
      parts.modes,
      MODES.map((mode) => [mode, this.#words[mode] || mode]),
      (mode) => this.setMode(mode),
    );
    mark(parts.modes, view.mode);
    /** @type {[Zoom, string][]} */
    const zooms = [
      ['fit', this.#words.fit || 'fit'],
      ...ZOOMS.map((zoom) => /** @type {[Zoom, string]} */ ([zoom, `${zoom}×`])),
    ];
    this.#choices(parts.zooms, zooms, (zoom) => this.setZoom(zoom));
    offer(parts.zoom, zooms);
    this.#mark();
    this.#offerPair();
    parts.gain.hidden = view.mode !== 'difference';
    parts.framing.hidden = !value?.frame;
    parts.framed.setAttribute('aria-pressed', String(view.framed));
  }

  /** Mark the zoom. */
  #mark() {
    const { parts, state } = this;
    mark(parts.zooms, state.view.zoom);
    parts.zoom.value = String(state.view.zoom);
  }

  /** Offer which pictures are compared, where there are more than two. */
  #offerPair() {
    const { parts, state } = this;
    const { view } = state;
    parts.pair.hidden = state.count() < 3 || view.mode === 'side';
    if (parts.pair.hidden) return;
    for (const which of /** @type {const} */ (['first', 'second'])) {
      const select = parts[which];
      offer(
        select,
        state.shown().map((picture, i) => [i, picture.name]),
      );
      select.value = String(view[which]);
      select.hidden = view.mode === 'blink' && view.flipped !== (which === 'second');
      select.classList.toggle('alone', view.mode === 'blink');
    }
  }

  /**
   * Name the toolbar in the visitor's language.
   * @param {Record<string, string>} words
   */
  label(words) {
    this.#words = words;
    const { parts } = this;
    parts.bar.setAttribute('aria-label', words.bar || 'View');
    parts.modes.setAttribute('aria-label', words.modes || 'Mode');
    parts.zooms.setAttribute('aria-label', words.zooms || 'Zoom');
    parts.handle.setAttribute('aria-label', words.handle || 'Divider');
    parts.canvas.setAttribute('aria-label', words.canvas || 'Pictures');
    parts.zoom.setAttribute('aria-label', words.zooms || 'Zoom');
    parts.first.setAttribute('aria-label', words.first || 'First picture');
    parts.second.setAttribute('aria-label', words.second || 'Second picture');
    parts.gainWord.textContent = words.gain || 'gain';
    parts.smooth.textContent = words.smooth || 'smooth';
    parts.smooth.title = words.keys || '';
    parts.full.setAttribute('aria-label', words.full || 'full screen');
    parts.full.title = words.full || '';
    parts.magnify.textContent = words.lens || 'lens';
    parts.magnify.title = words.lens_help || '';
    parts.framed.textContent = words.framed || 'frame';
    parts.frame.setAttribute('aria-label', words.frame || 'Frame');
    parts.frame.title = words.frame || '';
  }

  /**
   * Make a group of buttons of which one is chosen; one that stands already is left alone and keeps its focus.
   * @template {string | number} Key
   * @param {HTMLElement} group
   * @param {[Key, string][]} options
   * @param {(key: Key) => void} choose
   */
  #choices(group, options, choose) {
    const said = JSON.stringify(options);
    if (group.dataset.options === said) return;
    group.dataset.options = said;
    group.replaceChildren(
      ...options.map(([key, name]) => {
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = name;
        button.dataset.key = String(key);
        button.setAttribute('role', 'radio');
        button.onclick = () => choose(key);
        return button;
      }),
    );
  }
}

/**
 * Put options into a menu; one that has them already keeps its focus.
 * @param {HTMLSelectElement} select
 * @param {[string | number, string][]} options
 */
function offer(select, options) {
  const said = JSON.stringify(options);
  if (select.dataset.options === said) return;
  select.dataset.options = said;
  select.replaceChildren(...options.map(([key, name]) => new Option(name, String(key))));
}

/**
 * @param {HTMLButtonElement} button
 * @param {() => boolean} change
 */
function toggle(button, change) {
  button.onclick = () => button.setAttribute('aria-pressed', String(change()));
}

/**
 * Mark the chosen button of a group; Tab reaches only that one.
 * @param {HTMLElement} group
 * @param {Zoom | Mode} key
 */
function mark(group, key) {
  for (const button of group.querySelectorAll('button')) {
    const on = button.dataset.key === String(key);
    button.setAttribute('aria-checked', String(on));
    button.tabIndex = on ? 0 : -1;
  }
}
