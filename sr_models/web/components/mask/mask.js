// A mask drawn over a picture. mask.py says what a value is, and what is sent.

import { fitCanvas } from '../viewer/drawing.js';
import { fetchBitmap } from '../viewer/state.js';
import { Hands } from './hands.js';
import { Marks } from './marks.js';
import { build, label } from './parts.js';
import { encode } from './png.js';
import { Sketch } from './sketch.js';
import { Tools } from './tools.js';

/** @typedef {{ path: string, url?: string, meta?: { _type: string } }} FileData */
/**
 * What the server sends, and what it is sent: of the latter all but subject and drawn is missing.
 * @typedef {{
 *   id?: string, subject: string, width?: number, height?: number, picture?: FileData | null,
 *   proposal?: FileData | null, marked?: FileData | null, drawn?: FileData | null
 * }} Value
 */
/** @typedef {{ value: Value | null, words: Record<string, string> }} Props */
/** @typedef {(file: File) => Promise<{ path: string }>} Upload */

/**
 * Put the canvas into an element; runs once per component.
 * @param {HTMLElement} element
 * @param {Props} props
 * @param {(name: string, changed: () => void) => void} watch
 * @param {(event: 'drawn' | 'propose') => void} tell
 * @param {Upload} upload
 */
export function mount(element, props, watch, tell, upload) {
  const parts = build();
  const marks = new Marks();
  const sketch = new Sketch(parts, marks);
  const sender = new Sender(props, marks, upload, () => tell('drawn'));
  const tools = new Tools(parts, marks, sketch, { changed, propose: () => tell('propose') });
  new Hands(parts, sketch, tools);

  async function changed() {
    if (tools.isOffering) return;
    parts.host.dataset.sending = 'yes';
    try {
      const marked = await sender.send();
      if (marked !== null) tools.tellShare(marked);
    } catch {
      tools.tellOf('failed');
    }
    if (!sender.isBusy) parts.host.dataset.sending = 'no';
  }

  const load = async () => {
    if (!element.contains(parts.host)) element.replaceChildren(parts.host);
    tools.words = props.words;
    label(parts, props.words);
    const { value } = props;
    if (value && !value.picture) return; // what was sent from here
    if (value && value.id === parts.host.dataset.id) return;
    if (value?.subject === sender.subject) sender.restore();
    await take(value, parts, sketch, tools, sender);
  };
  fitCanvas(parts.canvas, () => sketch.draw());
  Object.assign(parts.host, { mask: { settled: () => sender.settled(), lie: () => sketch.lie(), view: sketch.view } });
  watch('value', load);
  load();
}

/**
 * Show a picture, a new subject with the marks that come along, if any; `data-id` tells the page which value stands.
 * @param {Value | null} value
 * @param {import('./parts.js').Parts} parts
 * @param {Sketch} sketch
 * @param {Tools} tools
 * @param {Sender} sender
 */
async function take(value, { host }, sketch, tools, sender) {
  const isNew = value?.subject !== sender.subject || !sketch.size;
  if (isNew) {
    sender.begin(value?.subject ?? '');
    sketch.size = null;
    tools.reset(null);
  }
  const { subject } = sender;
  const url = value?.picture?.url ?? '';
  const [bitmap, proposal, marked] = await Promise.all([
    url && (isNew || url !== sketch.picture?.url) ? fetchBitmap({ url }) : null,
    value?.proposal ? fetchBitmap({ url: value.proposal.url ?? '' }) : null,
    isNew && value?.marked ? fetchBitmap({ url: value.marked.url ?? '' }) : null,
  ]);
  if (subject !== sender.subject) return;
  if (bitmap) sketch.picture = { url, name: '', bitmap };
  if (bitmap && isNew && value?.width && value.height) {
    const { width, height } = value;
    sketch.size = { width, height };
    Object.assign(sketch.view, { zoom: 'fit', x: width / 2, y: height / 2, cursor: null, corner: null });
    tools.reset(sketch.size);
  }
  sketch.schedule();
  if (isNew) tools.tellShare(0);
  if (marked) tools.mark(marked);
  if (proposal) tools.offer(proposal);
  host.dataset.id = value?.id ?? '';
}

/** Sends what is marked as a file, the newest only. */
class Sender {
  subject = '';
  #turn = 0;
  #busy = Promise.resolve();
  /** @type {Value | null} */
  #sent = null;
  #waiting = 0;

  /**
   * @param {Props} props
   * @param {Marks} marks
   * @param {Upload} upload
   * @param {() => void} done
   */
  constructor(props, marks, upload, done) {
    this.props = props;
    this.marks = marks;
    this.upload = upload;
    this.done = done;
  }

  /** Say whether something is on its way. */
  get isBusy() {
    return this.#waiting > 0;
  }

  /**
   * Begin anew, with nothing sent.
   * @param {string} subject
   */
  begin(subject) {
    this.subject = subject;
    this.#sent = null;
    this.#turn++;
  }

  /** Put what was sent back into the value, which the server has written over. */
  restore() {
    if (this.#sent) this.props.value = this.#sent;
  }

  /** Return the value when all that was drawn is with the server. */
  async settled() {
    await this.#busy;
    return this.#sent;
  }

  /** Send what is marked; return how many pixels are, or null where something newer was marked meanwhile. */
  send() {
    this.#waiting++;
    const sent = this.#send(++this.#turn, this.subject).finally(() => this.#waiting--);
    const settled = sent.then(
      () => {},
      () => {},
    );
    this.#busy = Promise.all([this.#busy, settled]).then(() => {});
    return sent;
  }

  /**
   * @param {number} turn
   * @param {string} subject
   */
  async #send(turn, subject) {
    const { width, height } = this.marks.canvas;
    const { marked, rows } = this.marks.read();
    let drawn = null;
    if (marked) {
      const { path } = await this.upload(await encode({ width, height }, rows));
      drawn = { path, meta: { _type: 'gradio.FileData' } };
    }
    if (turn !== this.#turn) return null;
    this.#sent = { subject, drawn };
    this.props.value = this.#sent;
    this.done();
    return marked;
  }
}
