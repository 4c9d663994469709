// Mouse, pen, fingers and keys on the canvas.

/** @import { Point } from '../viewer/viewport.js' */
/** @import { Parts } from './parts.js' */
/** @import { Sketch } from './sketch.js' */
/** @import { Tools } from './tools.js' */

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STILL = 6; // CSS px that a tap may move

export class Hands {
  /** @type {Map<number, Point>} the pointers that are down, and where */
  #down = new Map();
  /** @type {'' | 'stroke' | 'box' | 'pan' | 'pinch'} what they do */
  #doing = '';
  #start = { x: 0, y: 0 };
  #drawing = false; // the brush is held down by a key

  /**
   * @param {Parts} parts
   * @param {Sketch} sketch
   * @param {Tools} tools
   */
  constructor(parts, sketch, tools) {
    this.parts = parts;
    this.sketch = sketch;
    this.tools = tools;
    const { canvas } = parts;
    canvas.addEventListener('keydown', (e) => {
      if (sketch.size && this.#key(e)) e.preventDefault();
    });
    canvas.addEventListener('focus', () => {
      if (sketch.size && canvas.matches(':focus-visible')) this.#move(sketch.view.cursor ?? this.#middle());
    });
    canvas.addEventListener('blur', () => this.#lift());
    canvas.addEventListener('pointerdown', (e) => this.#press(e));
    canvas.addEventListener('pointermove', (e) => this.#drag(e));
    canvas.addEventListener('pointerup', (e) => this.#release(e));
    canvas.addEventListener('pointercancel', (e) => this.#release(e));
    canvas.addEventListener('pointerleave', () => {
      if (this.#down.size || document.activeElement === canvas) return;
      sketch.view.cursor = null;
      sketch.schedule();
    });
    canvas.addEventListener('contextmenu', (e) => e.preventDefault());
    // The wheel zooms with ctrl, or once zoomed: a page can still be scrolled past the canvas.
    const zoom = (/** @type {WheelEvent} */ e) => {
      if (!e.ctrlKey && sketch.view.zoom === 'fit') return;
      e.preventDefault();
      sketch.stepZoom(e.deltaY < 0 ? 1 : -1, this.#point(e));
    };
    canvas.addEventListener('wheel', zoom, { passive: false });
  }

  // --- keys -----------------------------------------------------------------------------------------------------

  /**
   * Do what a key stands for; say whether there was anything to do.
   * @param {KeyboardEvent} e
   */
  #key(e) {
    const { sketch, tools } = this;
    const key = e.key.toLowerCase();
    if (e.altKey) return false;
    if (e.ctrlKey || e.metaKey) {
      if (key === 'z') e.shiftKey ? tools.redo() : tools.undo();
      else if (key === 'y') tools.redo();
      else return false;
      return true;
    }
    const arrow = ARROWS[e.key];
    if (arrow) this.#walk(arrow, e.shiftKey);
    else if (key === ' ') this.#dab();
    else if (key === 'enter') this.#drawing ? this.#lift() : this.#lower();
    else if (key === 'escape' && (this.#drawing || sketch.view.corner)) this.#leave();
    else if (key === 'b') tools.take('brush');
    else if (key === 'e') tools.take('eraser');
    else if (key === 'r') tools.take('box');
    else if (key === '[') tools.stepSize(-1);
    else if (key === ']') tools.stepSize(1);
    else if (key === 'u') e.shiftKey ? tools.redo() : tools.undo();
    else if (key === 'delete') tools.clear();
    else if (key === '+' || key === '=') sketch.stepZoom(1, this.#cursorPoint());
    else if (key === '-') sketch.stepZoom(-1, this.#cursorPoint());
    else if (key === '0') sketch.setZoom('fit');
    else return false;
    return true;
  }

  #leave() {
    this.#lift();
    this.sketch.view.corner = null;
    this.sketch.schedule();
  }

  #middle() {
    const size = this.sketch.size ?? { width: 0, height: 0 };
    return { x: Math.floor(size.width / 2), y: Math.floor(size.height / 2) };
  }

  /** Return where the brush is on the canvas. */
  #cursorPoint() {
    const { at, zoom } = this.sketch.lie();
    const { x, y } = this.sketch.view.cursor ?? this.#middle();
    return { x: at.left + x * zoom, y: at.top + y * zoom };
  }

  /**
   * An arrow moves the brush by a quarter of itself, with Shift by the double; a corner by a pixel, or by 16.
   * @param {[number, number]} arrow
   * @param {boolean} shift
   */
  #walk([x, y], shift) {
    const { brush, cursor } = this.sketch.view;
    const isBox = this.tools.tool === 'box';
    const step = isBox ? 1 : Math.max(1, Math.floor(brush / 4));
    const far = isBox ? 16 : Math.max(8, 2 * brush);
    const from = cursor ?? this.#middle();
    const long = shift ? far : step;
    const to = this.#move({ x: from.x + x * long, y: from.y + y * long });
    if (this.#drawing) this.tools.marks.extend(to);
    this.sketch.follow();
    this.tools.speak('at', to);
  }

  /**
   * Put the brush on a pixel, the nearest of the picture.
   * @param {Point} to
   */
  #move(to) {
    const size = this.sketch.size ?? { width: 1, height: 1 };
    const hold = (/** @type {number} */ at, /** @type {number} */ room) => Math.min(Math.max(at, 0), room - 1);
    const cursor = { x: hold(to.x, size.width), y: hold(to.y, size.height) };
    this.sketch.view.cursor = cursor;
    this.sketch.schedule();
    return cursor;
  }

  #dab() {
    const at = this.#move(this.sketch.view.cursor ?? this.#middle());
    if (this.tools.tool === 'box') this.tools.putCorner(at);
    else if (!this.#drawing) {
      this.tools.begin(at);
      this.tools.end();
    }
  }

  #lower() {
    const at = this.#move(this.sketch.view.cursor ?? this.#middle());
    if (this.tools.tool === 'box') {
      this.tools.putCorner(at);
      return;
    }
    this.#drawing = true;
    this.tools.begin(at);
    this.tools.speak('lowered');
  }

  #lift() {
    if (!this.#drawing) return;
    this.#drawing = false;
    this.tools.end();
    this.tools.speak('lifted');
  }

  // --- mouse, pen, touch ----------------------------------------------------------------------------------------

  /**
   * Return where a pointer is, device pixels of the canvas.
   * @param {MouseEvent} e
   * @returns {Point}
   */
  #point(e) {
    const box = this.parts.canvas.getBoundingClientRect();
    const ratio = this.sketch.ratio();
    return { x: (e.clientX - box.left) * ratio, y: (e.clientY - box.top) * ratio };
  }

  /** @param {PointerEvent} e */
  #press(e) {
    const { canvas } = this.parts;
    if (!this.sketch.size || this.#down.size > 1 || this.#doing === 'pan') return;
    this.#lift();
    const at = this.#point(e);
    this.#down.set(e.pointerId, at);
    canvas.setPointerCapture(e.pointerId);
    if (this.#down.size > 1) {
      this.#forget();
      this.#doing = 'pinch';
      return;
    }
    this.#start = at;
    const pixel = this.sketch.under(at);
    this.sketch.view.cursor = pixel;
    if (e.button) this.#doing = 'pan';
    else if (this.tools.tool === 'box') {
      this.#doing = 'box';
      if (!this.sketch.view.corner) this.tools.putCorner(this.#move(pixel));
    } else {
      this.#doing = 'stroke';
      this.tools.begin(pixel);
    }
  }

  /** A second finger came: what the first one began was no stroke. */
  #forget() {
    if (this.#doing === 'stroke') this.tools.marks.remove(this.tools.marks.count - 1);
    if (this.#doing === 'box') this.sketch.view.corner = null;
    this.sketch.view.cursor = null;
    this.tools.refresh();
  }

  /** @param {PointerEvent} e */
  #drag(e) {
    if (!this.sketch.size) return;
    const at = this.#point(e);
    const before = this.#down.get(e.pointerId);
    if (this.#doing !== 'pinch') this.sketch.view.cursor = this.sketch.under(at);
    this.sketch.schedule();
    if (!before) return;
    this.#down.set(e.pointerId, at);
    if (this.#doing === 'pan') this.sketch.pan(at.x - before.x, at.y - before.y);
    else if (this.#doing === 'stroke') {
      const way = e.getCoalescedEvents();
      for (const each of way.length ? way : [e]) this.tools.marks.extend(this.sketch.under(this.#point(each)));
    } else if (this.#doing === 'pinch') {
      const other = [...this.#down].find(([id]) => id !== e.pointerId)?.[1];
      if (other) this.sketch.pinch(before, at, other);
    }
  }

  /** @param {PointerEvent} e */
  #release(e) {
    if (!this.#down.delete(e.pointerId)) return;
    const doing = this.#doing;
    if (!this.#down.size) this.#doing = '';
    const at = this.#point(e);
    if (doing === 'stroke') this.tools.end();
    if (doing !== 'box') return;
    const first = this.sketch.view.corner;
    const moved = Math.hypot(at.x - this.#start.x, at.y - this.#start.y) >= STILL * this.sketch.ratio();
    const pixel = this.#move(this.sketch.under(at));
    const other = first && (first.x !== pixel.x || first.y !== pixel.y);
    if (e.type === 'pointerup' && (moved || other)) this.tools.putCorner(pixel);
  }
}
