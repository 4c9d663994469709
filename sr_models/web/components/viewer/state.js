// What the viewer shows and how it is looked at.

/** @import { Point, Zoom } from './viewport.js' */

/** @typedef {'slider' | 'side' | 'blink' | 'difference'} Mode */
/** @typedef {{ url: string }} FileData */
/** @typedef {{ file: FileData, label: string, legend?: string }} Shown one picture as the server names it */
/** @typedef {{ file: FileData, x: number, y: number }} Tile a finished part and its corner, picture pixels */
/**
 * What the server sends; see viewer.py. The view stays as it is while the id does, zoom and place while the subject does.
 * @typedef {{
 *   id: string, subject: string, width: number, height: number, pictures: Shown[], tiles: Tile[], waiting: string, mode: Mode | '',
 *   frame: number, framed: boolean, see_through: boolean, ramp: string[], words: Record<string, string>
 * }} Value
 */
/**
 * A picture; `bitmap` is missing until it is looked at and has come, `small` is a copy shrunk to the zoom of now.
 * @typedef {{
 *   url: string, name: string, legend?: string, bitmap?: ImageBitmap | OffscreenCanvas, small?: OffscreenCanvas
 * }} Picture
 */

/** @typedef {{ zoom: Zoom, x: number, y: number }} Place what stands in the middle, as shares of the picture */

/** @type {Place} */
export const WHOLE = { zoom: 'fit', x: 0.5, y: 0.5 };
/** @type {Mode[]} */
export const MODES = ['slider', 'side', 'blink', 'difference'];

/**
 * Fetch a picture, its pixels as they are in the file.
 * @param {FileData} file
 */
export const fetchBitmap = async (file) =>
  createImageBitmap(await (await fetch(file.url)).blob(), { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });

/**
 * Return a picture's brush. Throws where the browser has none.
 * @param {OffscreenCanvas} canvas
 */
export function brushOf(canvas) {
  const brush = canvas.getContext('2d');
  if (!brush) throw new Error('no 2d canvas');
  return brush;
}

export class State {
  /** @type {Value | null} */
  value = null;
  /** @type {Picture[]} */
  pictures = [];
  /** @type {Picture | null} the first picture with the finished tiles over it, until the whole result comes */
  mosaic = null;
  view = {
    /** @type {Mode} */
    mode: 'slider',
    /** @type {Zoom} */
    zoom: 'fit',
    x: 0, // what stands in the middle, picture pixels
    y: 0,
    split: 0.5,
    gain: 4,
    smooth: false,
    first: 0,
    second: 1,
    flipped: false,
    framed: false,
    frameX: 0, // the frame's middle, picture pixels
    frameY: 0,
    lens: false,
    lensAt: { x: 0, y: 0 }, // its middle, device pixels of the canvas
  };
  /** @type {{ mode: Mode, place: Place, subject: string } | null} how the visitor looked before a comparison */
  #own = null;
  /** @type {Place | null} what the address asks for, until the visitor's picture comes or is moved */
  #asked = null;
  #left = WHOLE; // where the visitor looked last, while nothing stands
  #subject = '';
  /** @type {Map<string, Point>} by subject, as shares of the picture: a comparison hides the frame and has none */
  #frames = new Map();
  #drawn = /** @type {Set<string>} */ (new Set());
  #turn = 0;
  #first = ''; // the id of what comes with the page
  #coming = /** @type {Map<string, Promise<ImageBitmap>>} */ (new Map());

  /** Return the pictures that can be looked at. */
  shown() {
    return this.mosaic && this.pictures.length === 1 ? [this.pictures[0], this.mosaic] : this.pictures;
  }

  /** Return how many they are, at least 1. */
  count() {
    return Math.max(this.shown().length, 1);
  }

  /** Return the pictures that are looked at. */
  seen() {
    const all = this.shown();
    return this.view.mode === 'side' ? all : all.filter((_, i) => i === this.view.first || i === this.view.second);
  }

  /** Return where the visitor looks. */
  place() {
    const { value, view } = this;
    if (this.#asked || !value) return this.#asked ?? this.#left;
    return { zoom: view.zoom, x: view.x / value.width, y: view.y / value.height };
  }

  /** Return where the visitor looks at the result, also while a comparison stands. */
  ownPlace() {
    return this.#own?.place ?? this.place();
  }

  /**
   * Look where the address asks, at what stands now and at what comes next.
   * @param {Place} place
   */
  go(place) {
    this.#asked = place;
    if (this.#own) this.#own.place = place;
    else if (this.value) this.#look(this.value, place);
  }

  /** Take the place that stands for the visitor's own. */
  moved() {
    this.#asked = null;
  }

  /** Show nothing. */
  clear() {
    this.#turn++;
    this.#left = this.place();
    this.#keepFrame();
    this.pictures = [];
    this.mosaic = null;
    this.value = null;
  }

  /**
   * Fetch what a value shows; say whether it stands then, and not a later one.
   * @param {Value} value
   */
  async take(value) {
    const turn = ++this.#turn;
    const same = this.value?.id === value.id;
    const goesOn = same && value.tiles.some((tile) => this.#drawn.has(tile.file.url));
    const fresh = goesOn ? value.tiles.filter((tile) => !this.#drawn.has(tile.file.url)) : value.tiles;
    const known = new Map(this.pictures.map((picture) => [picture.url, picture]));
    const pictures = value.pictures.map(({ file: { url }, label: name, legend }) => {
      return { ...known.get(url), url, name, legend };
    });
    const { view } = this;
    const beside = (value.mode || (this.#own ?? view).mode) === 'side';
    const pair = same ? [0, view.first, view.second] : [0, 1];
    const [bitmaps] = await Promise.all([
      Promise.all(fresh.map((tile) => fetchBitmap(tile.file))),
      this.bring(pictures.filter((_, i) => beside || pair.includes(i))),
    ]);
    if (turn !== this.#turn) return false;
    // What comes with the page waits until it is looked at; what the visitor asked for is kept for an hour only.
    this.#first ||= value.id;
    if (value.id !== this.#first) this.bring(pictures);
    const place = this.place();
    this.#keepFrame();
    this.value = value;
    this.pictures = pictures;
    if (!same) this.#lookAfresh(value, place);
    this.#subject = value.subject;
    if (value.subject && !value.mode) this.#asked = null;
    if (!goesOn) {
      this.mosaic = null;
      this.#drawn.clear();
    }
    this.#paint(value, fresh, bitmaps);
    const last = this.count() - 1;
    view.first = Math.min(view.first, last);
    view.second = Math.min(view.second, last);
    if (view.second === view.first) view.second = (view.first + 1) % this.count();
    return true;
  }

  /** Remember where the frame is, for what comes next of the same picture. */
  #keepFrame() {
    const { value, view } = this;
    if (value && !value.mode) {
      this.#frames.set(value.subject, { x: view.frameX / value.width, y: view.frameY / value.height });
    }
  }

  /**
   * Fetch those pictures that have not come yet.
   * @param {Picture[]} pictures
   */
  async bring(pictures) {
    await Promise.all(
      pictures.map(async (picture) => {
        if (picture.bitmap) return;
        const coming = this.#coming.get(picture.url) ?? fetchBitmap(picture);
        this.#coming.set(picture.url, coming);
        try {
          picture.bitmap = await coming;
        } finally {
          this.#coming.delete(picture.url);
        }
      }),
    );
  }

  /**
   * @param {Value} value
   * @param {Place} place where the visitor looked until now
   */
  #lookAfresh(value, place) {
    const { width, height, mode, framed, subject } = value;
    const { view } = this;
    if (framed) view.framed = true;
    const frame = this.#frames.get(subject) ?? { x: 0.5, y: 0.5 };
    view.frameX = frame.x * width;
    view.frameY = frame.y * height;
    view.first = view.second = 0;
    let before = { mode: view.mode, place, subject: this.#subject };
    if (mode) this.#own ??= before;
    else if (this.#own) {
      before = this.#own;
      this.#own = null;
    }
    view.mode = mode || before.mode;
    const same = !before.subject || before.subject === subject || (this.#asked && !mode);
    this.#look(value, same ? before.place : WHOLE);
  }

  /**
   * @param {Value} value
   * @param {Place} place
   */
  #look({ width, height }, { zoom, x, y }) {
    Object.assign(this.view, { zoom, x: x * width, y: y * height });
  }

  /**
   * Lay finished tiles over the first picture.
   * @param {Value} value
   * @param {Tile[]} tiles
   * @param {ImageBitmap[]} bitmaps
   */
  #paint(value, tiles, bitmaps) {
    if (this.mosaic) this.mosaic.name = value.waiting;
    if (!tiles.length) return;
    let canvas = this.mosaic?.bitmap;
    if (!(canvas instanceof OffscreenCanvas)) {
      canvas = new OffscreenCanvas(value.width, value.height);
      if (this.pictures[0].bitmap) brushOf(canvas).drawImage(this.pictures[0].bitmap, 0, 0);
    }
    this.mosaic = { url: '', name: value.waiting, bitmap: canvas };
    const brush = brushOf(canvas);
    tiles.forEach((tile, i) => {
      this.#drawn.add(tile.file.url);
      brush.clearRect(tile.x, tile.y, bitmaps[i].width, bitmaps[i].height);
      brush.drawImage(bitmaps[i], tile.x, tile.y);
    });
  }
}
