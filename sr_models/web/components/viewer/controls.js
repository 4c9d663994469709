// The toolbar, and what its buttons, the keys and the mouse can do to the view.

import { MODES } from './state.js';
import { nextZoom, ZOOMS, zoomAround } from './viewport.js';

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
    toggle(parts.smooth, () => this.#look({ smooth: !view.smooth }).smooth);
    toggle(parts.framed, () => this.#look({ framed: !view.framed }).framed);
    for (const gain of GAINS) parts.gains.add(new Option(`${gain}×`, String(gain), false, gain === view.gain));
    parts.gains.onchange = () => this.#look({ gain: Number(parts.gains.value) });
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
      const cell = this.drawing.cells()[0];
      Object.assign(view, zoomAround(view, under, cell, this.drawing.zoom(value, cell), zoom));
    }
    this.#look({ zoom });
    mark(this.parts.zooms, zoom);
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

  /** Show the other picture. */
  blink() {
    const { view } = this.state;
    if (still.matches && view.mode !== 'blink') return;
    const now = performance.now();
    if (now - this.#blinked < BLINK_PAUSE) return;
    this.#blinked = now;
    this.#look({ flipped: !view.flipped });
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
    const several = state.count() > 1;
    const modes = MODES.filter((mode) => several || mode === 'slider');
    this.#choices(
      parts.modes,
      modes.map((mode) => [mode, this.#words[mode] || mode]),
      (mode) => this.setMode(mode),
    );
    mark(parts.modes, view.mode);
    /** @type {[Zoom, string][]} */
    const zooms = [
      ['fit', this.#words.fit || 'fit'],
      ...ZOOMS.map((zoom) => /** @type {[Zoom, string]} */ ([zoom, `${zoom}×`])),
    ];
    this.#choices(parts.zooms, zooms, (zoom) => this.setZoom(zoom));
    mark(parts.zooms, view.zoom);
    parts.pair.hidden = state.count() < 3 || view.mode === 'side';
    parts.pair.replaceChildren(...(state.count() > 2 ? [this.#menu('first'), this.#menu('second')] : []));
    parts.gain.hidden = view.mode !== 'difference';
    parts.framed.hidden = !value?.frame;
    parts.framed.setAttribute('aria-pressed', String(view.framed));
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
    parts.gainWord.textContent = words.gain || 'gain';
    parts.smooth.textContent = words.smooth || 'smooth';
    parts.smooth.title = words.keys || '';
    parts.full.textContent = words.full || 'full screen';
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

  /**
   * Make the menu of which picture is the first or second of a pair.
   * @param {'first' | 'second'} which
   */
  #menu(which) {
    const select = document.createElement('select');
    select.setAttribute('aria-label', this.#words[which] || which);
    this.state.shown().forEach((picture, i) => {
      select.add(new Option(picture.name, String(i), false, i === this.state.view[which]));
    });
    select.onchange = () => this.#look({ [which]: Number(select.value) });
    return select;
  }
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
