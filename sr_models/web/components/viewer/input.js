// Mouse, pen, touch and keys.

/** @import { Controls } from './controls.js' */
/** @import { Drawing } from './drawing.js' */
/** @import { Parts } from './parts.js' */
/** @import { State } from './state.js' */
/** @import { Point } from './viewport.js' */

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const PAN = 64; // CSS px per key
const NEAR = 24; // CSS px from the divider that still take hold of it

export class Input {
  /**
   * @param {Parts} parts
   * @param {State} state
   * @param {Drawing} drawing
   * @param {Controls} controls
   */
  constructor(parts, state, drawing, controls) {
    this.parts = parts;
    this.state = state;
    this.drawing = drawing;
    this.controls = controls;
    parts.host.addEventListener('keydown', (e) => {
      if (this.#key(e)) e.preventDefault();
    });
    this.#dragFrame();
    this.#dragStage();
    this.#wheel();
  }

  // --- keys -----------------------------------------------------------------------------------------------------

  /**
   * Do what a key stands for; say whether there was anything to do.
   * @param {KeyboardEvent} e
   */
  #key(e) {
    const target = /** @type {HTMLElement} */ (e.target);
    if (e.ctrlKey || e.metaKey || e.altKey || target.tagName === 'SELECT') return false;
    const arrow = ARROWS[e.key];
    if (arrow) return this.#arrow(target, arrow, e.shiftKey);
    const { parts, controls } = this;
    const onHandle = target === parts.handle;
    if (e.key === 'Home' && onHandle) controls.setSplit(0);
    else if (e.key === 'End' && onHandle) controls.setSplit(1);
    else if (e.key === '+' || e.key === '=') controls.stepZoom(1);
    else if (e.key === '-') controls.stepZoom(-1);
    else if (e.key === '0') controls.setZoom('fit');
    else if (e.key === '1') controls.setZoom(1);
    else if (e.key === 's') parts.smooth.click();
    else if (e.key === 'f') parts.full.click();
    else if (e.key === 'b' && this.state.count() > 1) controls.setMode('blink');
    else return false;
    return true;
  }

  /**
   * An arrow walks a group of choices, moves the frame, the divider or the pictures.
   * @param {HTMLElement} target
   * @param {[number, number]} arrow
   * @param {boolean} shift
   */
  #arrow(target, [x, y], shift) {
    const { parts, state, controls } = this;
    const group = target.closest('[role=radiogroup]');
    if (group) {
      const all = [...group.querySelectorAll('button')];
      const at = all.indexOf(/** @type {HTMLButtonElement} */ (target));
      const next = all[(at + x + y + all.length) % all.length];
      next.focus();
      next.click();
    } else if (target === parts.frame && state.value) {
      const step = shift ? 1 : state.value.frame / 8;
      controls.moveFrame(x * step, y * step);
    } else if (target === parts.handle || (target === parts.canvas && !shift && state.view.mode === 'slider' && x)) {
      controls.setSplit(state.view.split + (x - y) * (shift ? 0.1 : 0.01));
    } else if (target === parts.canvas) {
      controls.pan(-x * PAN * this.drawing.ratio(), -y * PAN * this.drawing.ratio());
    } else return false;
    return true;
  }

  // --- mouse, pen, touch ----------------------------------------------------------------------------------------

  /**
   * Return where a pointer is, device pixels of the canvas.
   * @param {MouseEvent} e
   * @returns {Point}
   */
  #point(e) {
    const box = this.parts.canvas.getBoundingClientRect();
    const ratio = this.drawing.ratio();
    return { x: (e.clientX - box.left) * ratio, y: (e.clientY - box.top) * ratio };
  }

  #dragFrame() {
    const { frame } = this.parts;
    /** @type {Point | null} */
    let held = null;
    frame.addEventListener('pointerdown', (e) => {
      held = this.#point(e);
      frame.setPointerCapture(e.pointerId);
      e.stopPropagation();
    });
    frame.addEventListener('pointermove', (e) => {
      const { value } = this.state;
      if (!held || !value) return;
      const now = this.#point(e);
      const zoom = this.drawing.zoom(value);
      this.controls.moveFrame((now.x - held.x) / zoom, (now.y - held.y) / zoom);
      held = now;
      e.stopPropagation();
    });
    onRelease(frame, () => {
      held = null;
    });
  }

  // Near the divider, mouse and pen move the divider, else the picture. One finger moves the divider and leaves
  // scrolling up and down to the page; two fingers belong to the browser.
  #dragStage() {
    const { stage, canvas } = this.parts;
    const { controls } = this;
    /** @type {{ split: boolean, at: Point } | null} */
    let drag = null;
    stage.addEventListener('pointerdown', (e) => {
      const { value, view } = this.state;
      if (!value || e.button) return;
      const at = this.#point(e);
      const near = Math.abs(at.x - view.split * canvas.width) < NEAR * this.drawing.ratio();
      const fits = view.zoom === 'fit' || value.width * view.zoom <= this.drawing.cells()[0].width;
      drag = { split: view.mode === 'slider' && (near || fits), at };
      if (view.mode === 'blink') controls.blink();
      if (drag.split) controls.setSplit(at.x / canvas.width);
      stage.setPointerCapture(e.pointerId);
    });
    stage.addEventListener('pointermove', (e) => {
      if (!drag) return;
      const at = this.#point(e);
      if (drag.split) controls.setSplit(at.x / canvas.width);
      else controls.pan(at.x - drag.at.x, at.y - drag.at.y);
      drag.at = at;
    });
    onRelease(stage, () => {
      drag = null;
    });
    stage.addEventListener('dblclick', (e) => {
      if (this.state.view.zoom === 'fit') controls.stepZoom(1, this.#point(e));
      else controls.setZoom('fit');
    });
  }

  // The wheel zooms with ctrl, or once zoomed: a page can still be scrolled past the viewer.
  #wheel() {
    const zoom = (/** @type {WheelEvent} */ e) => {
      if (!e.ctrlKey && this.state.view.zoom === 'fit') return;
      e.preventDefault();
      this.controls.stepZoom(e.deltaY < 0 ? 1 : -1, this.#point(e));
    };
    this.parts.stage.addEventListener('wheel', zoom, { passive: false });
  }
}

/**
 * @param {HTMLElement} element
 * @param {() => void} release
 */
function onRelease(element, release) {
  for (const name of ['pointerup', 'pointercancel']) element.addEventListener(name, release);
}
