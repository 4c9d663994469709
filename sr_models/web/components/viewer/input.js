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
const STILL = 6; // CSS px that a tap may move
const LIFT = 90; // CSS px by which the lens stands above a finger

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
    // Whoever comes near the tools may look at any of the pictures next.
    for (const near of ['pointerenter', 'focusin']) {
      parts.host.addEventListener(near, () => state.bring(state.pictures));
    }
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
    else if (e.key === 'l') parts.magnify.click();
    else if (e.key === ' ' && target === parts.canvas && this.state.view.mode === 'blink') controls.blink();
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
    } else if (target === parts.canvas && state.view.lens) {
      const step = (shift ? PAN : PAN / 8) * this.drawing.ratio();
      controls.moveLens({ x: state.view.lensAt.x + x * step, y: state.view.lensAt.y + y * step });
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

  // Near the divider, or where nothing can be panned, one pointer moves the divider, else the picture. A finger leaves
  // scrolling to the page where nothing can be panned; two fingers zoom. A tap in blink mode shows the other picture.
  #dragStage() {
    const { stage, canvas } = this.parts;
    const { controls, state } = this;
    /** @type {Map<number, Point>} the pointers that are down, and where */
    const down = new Map();
    let start = { x: 0, y: 0 };
    let split = false;
    let tap = false;
    let across = false; // a finger that goes up or down scrolls the page, and slides nothing
    stage.addEventListener('pointerdown', (e) => {
      if (!state.value || e.button || down.size > 1) return;
      const at = this.#point(e);
      down.set(e.pointerId, at);
      stage.setPointerCapture(e.pointerId);
      tap = down.size === 1;
      start = at;
      across = e.pointerType !== 'touch';
      split = tap && this.#takesDivider(at, e.pointerType === 'touch');
      if (split && e.pointerType !== 'touch') controls.setSplit(at.x / canvas.width);
    });
    stage.addEventListener('pointermove', (e) => {
      const at = this.#point(e);
      const touch = e.pointerType === 'touch';
      if (state.view.lens && down.size < 2)
        controls.moveLens({ x: at.x, y: at.y - Number(touch) * LIFT * this.drawing.ratio() });
      const before = down.get(e.pointerId);
      if (!before) return;
      down.set(e.pointerId, at);
      tap &&= Math.hypot(at.x - start.x, at.y - start.y) < STILL * this.drawing.ratio();
      across ||= !tap && Math.abs(at.x - start.x) > Math.abs(at.y - start.y);
      const other = [...down].find(([id]) => id !== e.pointerId)?.[1];
      if (other) controls.pinch(before, at, other);
      else if (touch && state.view.lens) return;
      else if (split) {
        if (across) controls.setSplit(at.x / canvas.width);
      } else controls.pan(at.x - before.x, at.y - before.y);
    });
    onRelease(stage, (e) => {
      const at = down.get(e.pointerId);
      if (!at || !down.delete(e.pointerId)) return;
      if (down.size) controls.settle(at);
      else if (e.type === 'pointerup' && tap && state.view.mode === 'blink') controls.blink();
      else if (e.type === 'pointerup' && tap && split) controls.setSplit(at.x / canvas.width);
    });
    stage.addEventListener('dblclick', (e) => {
      if (state.view.mode === 'blink') return;
      if (this.state.view.zoom === 'fit') controls.stepZoom(1, this.#point(e));
      else controls.setZoom('fit');
    });
  }

  /**
   * Say whether a pointer takes hold of the divider; of a picture that pans a finger takes only its knob.
   * @param {Point} at
   * @param {boolean} touch
   */
  #takesDivider(at, touch) {
    const { canvas, host } = this.parts;
    const { view } = this.state;
    const near = NEAR * this.drawing.ratio();
    const across = Math.abs(at.x - view.split * canvas.width) < near;
    const along = !touch || Math.abs(at.y - canvas.height / 2) < near;
    return view.mode === 'slider' && (!host.hasAttribute('data-pans') || (across && along));
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
 * @param {(e: PointerEvent) => void} release
 */
function onRelease(element, release) {
  for (const name of /** @type {const} */ (['pointerup', 'pointercancel'])) element.addEventListener(name, release);
}
