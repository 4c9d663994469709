// The viewer: one canvas that shows up to six pictures of equal size, pixel for pixel.
// Runs once per component. Value: {id, width, height, pictures: [{file, label, legend}], tiles: [{file, x, y}], frame, ramp,
// see_through, words}.
// Lengths named *px are picture pixels; everything else is device pixels of the canvas.

const ZOOMS = [1, 2, 4, 8, 16, 32];
const MODES = ['slider', 'side', 'blink', 'difference'];
const BLINK_PAUSE = 500; // ms: no faster than twice a second
const still = matchMedia('(prefers-reduced-motion: reduce)');

const host = document.createElement('div');
host.className = 'sr-viewer';
host.innerHTML = `
  <div class="stage">
    <canvas tabindex="0"></canvas>
    <div class="labels"></div>
    <button type="button" class="frame" hidden></button>
    <div class="handle" role="slider" tabindex="0" aria-valuemin="0" aria-valuemax="100"><span></span></div>
  </div>
  <div class="bar" role="toolbar">
    <span class="group modes" role="radiogroup"></span>
    <span class="group pair"></span>
    <label class="group gain"><span></span><select></select></label>
    <span class="group zooms" role="radiogroup"></span>
    <button type="button" class="smooth" aria-pressed="false"></button>
    <button type="button" class="framed" aria-pressed="false"></button>
    <button type="button" class="full" aria-pressed="false"></button>
  </div>`;
element.replaceChildren(host);

const find = (what) => host.querySelector(what);
const stage = find('.stage'),
  canvas = find('canvas'),
  handle = find('.handle'),
  labels = find('.labels'),
  frame = find('.frame');
const pen = canvas.getContext('2d');

const asked = new URL(location.href).searchParams.get('view');
const view = {
  mode: MODES.includes(asked) ? asked : 'slider',
  zoom: 'fit',
  x: 0,
  y: 0,
  split: 0.5,
  gain: 4,
  smooth: false,
  first: 0,
  second: 1,
  flipped: false,
  framed: false,
  frameX: 0,
  frameY: 0, // the frame's middle, picture pixels
};
let value = null,
  words = {},
  pictures = [],
  mosaic = null,
  drawn = new Set(),
  own = '',
  loading = 0,
  waiting = 0,
  blinked = -BLINK_PAUSE;

// --- pictures -----------------------------------------------------------------------------------------------------

const fetchBitmap = async (file) =>
  createImageBitmap(await (await fetch(file.url)).blob(), { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });

async function load() {
  const now = props.value,
    turn = ++loading;
  value = now;
  host.dataset.loading = 'yes';
  if (!now?.pictures) {
    pictures = [];
    mosaic = null;
    value = null;
    clear();
    return;
  }
  words = now.words || {};
  label();
  const known = new Map(pictures.map((p) => [p.url, p]));
  const found = await Promise.all(
    now.pictures.map(async ({ file, label: name, legend }) =>
      known.get(file.url)
        ? { ...known.get(file.url), name, legend }
        : { url: file.url, name, legend, bitmap: await fetchBitmap(file) },
    ),
  );
  if (turn !== loading) return;
  const same = host.dataset.id === now.id;
  pictures = found;
  stage.style.aspectRatio = `${now.width} / ${now.height}`;
  if (!same) {
    host.dataset.id = now.id;
    mosaic = null;
    drawn = new Set();
    view.x = now.width / 2;
    view.y = now.height / 2;
    view.frameX = view.x;
    view.frameY = view.y;
    view.first = view.second = 0;
    if (now.mode && !own) own = view.mode;
    view.mode = now.mode || own || view.mode;
    if (!now.mode) own = '';
  }
  await paint(now, turn);
  if (turn !== loading) return;
  view.first = Math.min(view.first, count() - 1);
  view.second = Math.min(view.second, count() - 1);
  if (view.second === view.first) view.second = (view.first + 1) % count();
  controls();
  schedule();
  host.dataset.loading = 'no';
  host.dataset.state = now.tiles?.length ? 'tiles' : 'whole';
}

function clear() {
  labels.replaceChildren();
  handle.hidden = true;
  host.dataset.id = host.dataset.state = '';
  host.dataset.loading = 'no';
  schedule();
}

// Finished tiles lie over the first picture until the whole result comes.
async function paint(now, turn) {
  if (!(now.tiles || []).some((tile) => drawn.has(tile.file.url))) mosaic = null; // it does not go on from what stands
  const fresh = (now.tiles || []).filter((tile) => !drawn.has(tile.file.url));
  if (!fresh.length) return;
  fresh.forEach((tile) => drawn.add(tile.file.url));
  const bitmaps = await Promise.all(fresh.map((tile) => fetchBitmap(tile.file)));
  if (turn !== loading) {
    fresh.forEach((tile) => drawn.delete(tile.file.url));
    return;
  }
  if (!mosaic) {
    mosaic = { url: '', name: now.waiting, bitmap: new OffscreenCanvas(now.width, now.height) };
    mosaic.bitmap.getContext('2d').drawImage(pictures[0].bitmap, 0, 0);
  }
  mosaic.name = now.waiting;
  const brush = mosaic.bitmap.getContext('2d');
  fresh.forEach((tile, i) => {
    brush.clearRect(tile.x, tile.y, bitmaps[i].width, bitmaps[i].height);
    brush.drawImage(bitmaps[i], tile.x, tile.y);
  });
  mosaic.small = null;
}

const shown = () => (mosaic && pictures.length === 1 ? [pictures[0], mosaic] : pictures);
const count = () => Math.max(shown().length, 1);

// --- geometry -----------------------------------------------------------------------------------------------------

const ratio = () => canvas.width / Math.max(stage.clientWidth, 1);
const cells = () => {
  const n = view.mode === 'side' ? count() : 1;
  const across = n <= 1 ? 1 : stage.clientWidth < 600 || n === 4 ? Math.min(n, 2) : Math.min(n, 3);
  const down = Math.ceil(n / across);
  return Array.from({ length: n }, (_, i) => {
    const left = Math.round(((i % across) * canvas.width) / across),
      top = Math.round((Math.floor(i / across) * canvas.height) / down);
    const right = Math.round((((i % across) + 1) * canvas.width) / across),
      bottom = Math.round(((Math.floor(i / across) + 1) * canvas.height) / down);
    return { left, top, width: right - left, height: bottom - top };
  });
};
const fit = (cell) => Math.min(cell.width / value.width, cell.height / value.height, ZOOMS.at(-1));
const zoomOf = (cell) => (view.zoom === 'fit' ? fit(cell) : view.zoom);

// Where the picture's corner lies in a cell; whole device pixels, so that a picture pixel is a square of them.
function corner(cell, zoom) {
  const place = (centre, size, room) =>
    size * zoom <= room
      ? Math.round((room - size * zoom) / 2)
      : Math.round(Math.min(0, Math.max(room - size * zoom, room / 2 - centre * zoom)));
  return {
    left: cell.left + place(view.x, value.width, cell.width),
    top: cell.top + place(view.y, value.height, cell.height),
  };
}

function clampCentre() {
  const cell = cells()[0],
    zoom = zoomOf(cell);
  const hold = (centre, size, room) =>
    size * zoom <= room ? size / 2 : Math.min(size - room / 2 / zoom, Math.max(room / 2 / zoom, centre));
  view.x = hold(view.x, value.width, cell.width);
  view.y = hold(view.y, value.height, cell.height);
}

// --- drawing ------------------------------------------------------------------------------------------------------

function schedule() {
  if (!waiting)
    waiting = requestAnimationFrame(() => {
      waiting = 0;
      draw();
    });
}

// Shrunk to fit, a picture is drawn from a copy of that size, made once: dragging must not read all of it each time.
function shrunk(picture, zoom) {
  const width = Math.max(1, Math.round(value.width * zoom)),
    height = Math.max(1, Math.round(value.height * zoom));
  if (!picture.small || picture.small.width !== width || picture.small.height !== height) {
    picture.small = new OffscreenCanvas(width, height);
    const brush = picture.small.getContext('2d');
    brush.imageSmoothingQuality = 'high';
    brush.drawImage(picture.bitmap, 0, 0, width, height);
  }
  return picture.small;
}

// What lies behind a picture with transparent parts.
const checks = new OffscreenCanvas(16, 16);
const tint = checks.getContext('2d');
[
  [0, 0, '#fff'],
  [8, 8, '#fff'],
  [8, 0, '#ccc'],
  [0, 8, '#ccc'],
].forEach(([x, y, colour]) => {
  tint.fillStyle = colour;
  tint.fillRect(x, y, 8, 8);
});

function drawPicture(picture, cell, clipLeft, clipRight) {
  const zoom = zoomOf(cell),
    { left, top } = corner(cell, zoom);
  const from = Math.max(clipLeft, left, cell.left),
    to = Math.min(clipRight, cell.left + cell.width, left + Math.round(value.width * zoom));
  const above = Math.max(cell.top, top),
    below = Math.min(cell.top + cell.height, top + Math.round(value.height * zoom));
  if (to <= from || below <= above) return;
  pen.save();
  pen.beginPath();
  pen.rect(from, above, to - from, below - above);
  pen.clip();
  if (value.see_through) {
    pen.fillStyle = pen.createPattern(checks, 'repeat');
    pen.fillRect(from, above, to - from, below - above);
  }
  if (zoom < 1) {
    pen.drawImage(shrunk(picture, zoom), left, top);
  } else {
    // the visible picture pixels only
    pen.imageSmoothingEnabled = view.smooth || zoom % 1 !== 0;
    const x0 = Math.floor((from - left) / zoom),
      y0 = Math.floor((above - top) / zoom);
    const x1 = Math.min(value.width, Math.ceil((to - left) / zoom)),
      y1 = Math.min(value.height, Math.ceil((below - top) / zoom));
    pen.drawImage(
      picture.bitmap,
      x0,
      y0,
      x1 - x0,
      y1 - y0,
      left + x0 * zoom,
      top + y0 * zoom,
      (x1 - x0) * zoom,
      (y1 - y0) * zoom,
    );
  }
  pen.restore();
}

function draw() {
  pen.globalCompositeOperation = 'source-over';
  pen.clearRect(0, 0, canvas.width, canvas.height);
  if (!value || !pictures.length || !canvas.width) return;
  clampCentre();
  const all = shown(),
    first = all[view.first] || all[0],
    second = all[view.second] || first,
    whole = cells();
  const width = canvas.width;
  if (view.mode === 'side') {
    whole.forEach((cell, i) => drawPicture(all[i], cell, 0, width));
  } else if (view.mode === 'blink') {
    drawPicture(view.flipped ? second : first, whole[0], 0, width);
  } else if (view.mode === 'difference') {
    drawPicture(first, whole[0], 0, width);
    pen.globalCompositeOperation = 'difference';
    drawPicture(second, whole[0], 0, width);
    pen.globalCompositeOperation = 'lighter';
    for (let gain = view.gain; gain > 1; gain /= 2) pen.drawImage(canvas, 0, 0);
    pen.globalCompositeOperation = 'source-over';
  } else {
    const split = Math.round(view.split * width);
    drawPicture(first, whole[0], 0, split);
    drawPicture(second, whole[0], split, width);
  }
  host.dataset.zoom = String(zoomOf(whole[0]));
  furnish(all, whole, first, second);
}

// Labels, the frame and the handle: HTML over the canvas.
function furnish(all, whole, first, second) {
  const flipped = view.flipped ? second : first;
  const names =
    view.mode === 'side'
      ? all.map((p, i) => [p.name, whole[i], 'left', p.legend])
      : view.mode === 'blink'
        ? [[flipped.name, whole[0], 'left', flipped.legend]]
        : view.mode === 'difference'
          ? [[`|${first.name} − ${second.name}| × ${view.gain}`, whole[0], 'left']]
          : [
              [first.name, whole[0], 'left', first.legend],
              [second.name, whole[0], 'right', second.legend],
            ];
  while (labels.children.length > names.length) labels.lastChild.remove();
  names.forEach(([name, cell, side, legend], i) => {
    const tag = labels.children[i] || labels.appendChild(document.createElement('span'));
    const said = legend ? `${name} · ${legend}` : name;
    if (tag.title !== said) {
      tag.title = said;
      tag.replaceChildren(name);
      if (legend) {
        const ramp = document.createElement('i'),
          words = document.createElement('small');
        ramp.style.background = `linear-gradient(to right, ${value.ramp.join(', ')})`;
        words.textContent = legend;
        tag.append(ramp, words);
      }
    }
    tag.style.top = `${cell.top / ratio() + 10}px`;
    tag.style.left = side === 'left' ? `${cell.left / ratio() + 10}px` : '';
    tag.style.right = side === 'right' ? '10px' : '';
  });
  placeFrame(whole[0]);
  handle.hidden = view.mode !== 'slider';
  handle.style.left = `${view.split * 100}%`;
  const percent = Math.round(view.split * 100);
  handle.setAttribute('aria-valuenow', percent);
  handle.setAttribute('aria-valuetext', `${percent} % ${first.name}, ${100 - percent} % ${second.name}`);
}

function placeFrame(cell) {
  frame.hidden = !(view.framed && value.frame) || view.mode === 'side';
  if (frame.hidden) return;
  const zoom = zoomOf(cell),
    { left, top } = corner(cell, zoom);
  const hold = (middle, size) =>
    Math.min(Math.max(middle, Math.min(value.frame, size) / 2), size - Math.min(value.frame, size) / 2);
  view.frameX = hold(view.frameX, value.width);
  view.frameY = hold(view.frameY, value.height);
  const wide = Math.min(value.frame, value.width),
    high = Math.min(value.frame, value.height);
  Object.assign(frame.style, {
    left: `${(left + (view.frameX - wide / 2) * zoom) / ratio()}px`,
    top: `${(top + (view.frameY - high / 2) * zoom) / ratio()}px`,
    width: `${(wide * zoom) / ratio()}px`,
    height: `${(high * zoom) / ratio()}px`,
  });
}

// --- controls -----------------------------------------------------------------------------------------------------

function choices(where, options, chosen, choose) {
  const box = find(where);
  box.replaceChildren(
    ...options.map(([key, name]) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = name;
      button.dataset.key = key;
      button.setAttribute('role', 'radio');
      button.onclick = () => {
        choose(key);
        mark(where, key);
        schedule();
      };
      return button;
    }),
  );
  mark(where, chosen);
}

function mark(where, key) {
  find(where)
    .querySelectorAll('button')
    .forEach((b) => {
      const on = b.dataset.key === String(key);
      b.setAttribute('aria-checked', on);
      b.tabIndex = on ? 0 : -1;
    });
}

function controls() {
  const several = count() > 1;
  choices(
    '.modes',
    MODES.filter((m) => several || m === 'slider').map((m) => [m, words[m] || m]),
    view.mode,
    setMode,
  );
  choices('.zooms', [['fit', words.fit || 'fit'], ...ZOOMS.map((z) => [z, `${z}×`])], view.zoom, setZoom);
  const pair = find('.pair');
  pair.replaceChildren();
  pair.hidden = count() < 3 || view.mode === 'side';
  if (count() > 2)
    ['first', 'second'].forEach((which) => {
      const select = document.createElement('select');
      select.setAttribute('aria-label', words[which] || which);
      shown().forEach((p, i) => select.add(new Option(p.name, i, false, i === view[which])));
      select.onchange = () => {
        view[which] = Number(select.value);
        schedule();
      };
      pair.append(select);
    });
  find('.gain').hidden = view.mode !== 'difference';
  find('.framed').hidden = !value?.frame;
}

function label() {
  find('.bar').setAttribute('aria-label', words.bar || 'View');
  find('.modes').setAttribute('aria-label', words.modes || 'Mode');
  find('.zooms').setAttribute('aria-label', words.zooms || 'Zoom');
  handle.setAttribute('aria-label', words.handle || 'Divider');
  canvas.setAttribute('aria-label', words.canvas || 'Pictures');
  canvas.setAttribute('role', 'img');
  find('.gain span').textContent = words.gain || 'gain';
  find('.smooth').textContent = words.smooth || 'smooth';
  find('.full').textContent = words.full || 'full screen';
  find('.smooth').title = words.keys || '';
  find('.framed').textContent = words.framed || 'frame';
  frame.setAttribute('aria-label', words.frame || 'Frame');
  frame.title = words.frame || '';
}

function setMode(mode) {
  if (mode === 'blink' && view.mode === 'blink') return blink();
  view.mode = mode;
  view.flipped = false;
  if (value && !value.mode) host.dispatchEvent(new CustomEvent('sr-view', { detail: mode, bubbles: true }));
  mark('.modes', mode);
  controls();
  schedule();
}

function setZoom(key, x, y) {
  const next = key === 'fit' ? 'fit' : Number(key);
  const cell = cells()[0],
    before = zoomOf(cell);
  view.zoom = next;
  if (x !== undefined && next !== 'fit') {
    // what lies under the pointer stays there
    view.x += (x - cell.left - cell.width / 2) * (1 / before - 1 / next);
    view.y += (y - cell.top - cell.height / 2) * (1 / before - 1 / next);
  }
  mark('.zooms', next);
  schedule();
}

function stepZoom(direction, x, y) {
  if (!value) return;
  const zoom = zoomOf(cells()[0]);
  const next = direction > 0 ? ZOOMS.find((z) => z > zoom) : ZOOMS.findLast((z) => z < zoom) || 'fit';
  if (next) setZoom(next, x, y);
}

function blink() {
  if (still.matches && view.mode !== 'blink') return;
  const now = performance.now();
  if (now - blinked < BLINK_PAUSE) return;
  blinked = now;
  view.flipped = !view.flipped;
  schedule();
}

function setSplit(split) {
  view.split = Math.min(1, Math.max(0, split));
  schedule();
}

function pan(dx, dy) {
  // device pixels
  if (!value) return;
  const zoom = zoomOf(cells()[0]);
  view.x -= dx / zoom;
  view.y -= dy / zoom;
  schedule();
}

find('.smooth').onclick = () => {
  view.smooth = !view.smooth;
  find('.smooth').setAttribute('aria-pressed', view.smooth);
  schedule();
};
find('.full').onclick = () => (document.fullscreenElement ? document.exitFullscreen() : host.requestFullscreen());
document.addEventListener('fullscreenchange', () =>
  find('.full').setAttribute('aria-pressed', document.fullscreenElement === host),
);
find('.framed').onclick = () => {
  view.framed = !view.framed;
  find('.framed').setAttribute('aria-pressed', view.framed);
  schedule();
};
[1, 2, 4, 8, 16].forEach((g) => find('.gain select').add(new Option(`${g}×`, g, false, g === view.gain)));
find('.gain select').onchange = (e) => {
  view.gain = Number(e.target.value);
  schedule();
};

host.addEventListener('keydown', (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.tagName === 'SELECT') return;
  const group = e.target.closest('[role=radiogroup]');
  const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
  if (group && arrow) {
    // arrows walk a group of choices
    const all = [...group.querySelectorAll('button')],
      next = all[(all.indexOf(e.target) + arrow[0] + arrow[1] + all.length) % all.length];
    next.focus();
    next.click();
  } else if (arrow && e.target === frame) {
    const step = e.shiftKey ? 1 : value.frame / 8;
    moveFrame(arrow[0] * step, arrow[1] * step);
  } else if (
    arrow &&
    (e.target === handle || (e.target === canvas && !e.shiftKey && view.mode === 'slider' && arrow[0]))
  ) {
    setSplit(view.split + (arrow[0] - arrow[1]) * (e.shiftKey ? 0.1 : 0.01));
  } else if (arrow && e.target === canvas) {
    pan(-arrow[0] * 64 * ratio(), -arrow[1] * 64 * ratio());
  } else if (e.key === 'Home' && e.target === handle) setSplit(0);
  else if (e.key === 'End' && e.target === handle) setSplit(1);
  else if (e.key === '+' || e.key === '=') stepZoom(1);
  else if (e.key === '-') stepZoom(-1);
  else if (e.key === '0') setZoom('fit');
  else if (e.key === '1') setZoom(1);
  else if (e.key === 's') find('.smooth').click();
  else if (e.key === 'f') find('.full').click();
  else if (e.key === 'b' && count() > 1) {
    if (view.mode !== 'blink') setMode('blink');
    else blink();
  } else return;
  e.preventDefault();
});

function moveFrame(dx, dy) {
  // picture pixels
  view.frameX += dx;
  view.frameY += dy;
  schedule();
}
let held = null;
frame.addEventListener('pointerdown', (e) => {
  held = point(e);
  frame.setPointerCapture(e.pointerId);
  e.stopPropagation();
});
frame.addEventListener('pointermove', (e) => {
  if (!held) return;
  const now = point(e),
    zoom = zoomOf(cells()[0]);
  moveFrame((now[0] - held[0]) / zoom, (now[1] - held[1]) / zoom);
  held = now;
  e.stopPropagation();
});
['pointerup', 'pointercancel'].forEach((name) =>
  frame.addEventListener(name, () => {
    held = null;
  }),
);

// Mouse and pen: near the divider it moves the divider, else the picture. One finger moves the divider and leaves
// scrolling up and down to the page; two fingers belong to the browser.
let drag = null;
const point = (e) => {
  const box = canvas.getBoundingClientRect();
  return [(e.clientX - box.left) * ratio(), (e.clientY - box.top) * ratio()];
};
stage.addEventListener('pointerdown', (e) => {
  if (!value || e.button) return;
  const [x] = point(e);
  const near = Math.abs(x - view.split * canvas.width) < 24 * ratio();
  const fits = view.zoom === 'fit' || value.width * view.zoom <= cells()[0].width;
  drag = { split: view.mode === 'slider' && (near || fits), at: point(e) };
  if (view.mode === 'blink') blink();
  if (drag.split) setSplit(x / canvas.width);
  stage.setPointerCapture(e.pointerId);
});
stage.addEventListener('pointermove', (e) => {
  if (!drag) return;
  const [x, y] = point(e);
  if (drag.split) setSplit(x / canvas.width);
  else pan(x - drag.at[0], y - drag.at[1]);
  drag.at = [x, y];
});
['pointerup', 'pointercancel'].forEach((name) =>
  stage.addEventListener(name, () => {
    drag = null;
  }),
);
stage.addEventListener(
  'wheel',
  (e) => {
    // with ctrl, or once zoomed: a page can still be scrolled past the viewer
    if (!e.ctrlKey && view.zoom === 'fit') return;
    e.preventDefault();
    stepZoom(e.deltaY < 0 ? 1 : -1, ...point(e));
  },
  { passive: false },
);
stage.addEventListener('dblclick', (e) => {
  if (view.zoom === 'fit') stepZoom(1, ...point(e));
  else setZoom('fit');
});

// The canvas has exactly as many pixels as the screen has under it, whatever the ratio.
const size = (entry) => {
  const exact = entry.devicePixelContentBoxSize?.[0];
  const about = {
    width: entry.contentRect.width * devicePixelRatio,
    height: entry.contentRect.height * devicePixelRatio,
  };
  // An emulated ratio is not in the exact size; then the product is right.
  const told = exact && Math.abs(exact.inlineSize - about.width) < 1.5;
  const width = told ? exact.inlineSize : Math.round(about.width);
  const height = told ? exact.blockSize : Math.round(about.height);
  if (width === canvas.width && height === canvas.height) return;
  canvas.width = width;
  canvas.height = height;
  if (value) {
    controls();
    draw();
  }
};
const observer = new ResizeObserver(([entry]) => size(entry));
try {
  observer.observe(canvas, { box: 'device-pixel-content-box' });
} catch {
  observer.observe(canvas);
}

watch('value', () => {
  if (!element.contains(host)) element.replaceChildren(host);
  load();
});
// For tests and the bench: `put` shows pictures that no server sent.
const put = (width, height, bitmaps) => {
  value = { width, height };
  pictures = bitmaps.map((p) => ({ url: '', ...p }));
  mosaic = null;
  Object.assign(view, { x: width / 2, y: height / 2, first: 0, second: 1 });
  draw();
};
// Where the visitor looks, or where the frame is, as shares of the result; a comparison that stands keeps its place.
let place = [0.5, 0.5];
const centre = () => {
  if (value && !value.mode)
    place = (view.framed && value.frame ? [view.frameX, view.frameY] : [view.x, view.y]).map(
      (n, i) => n / (i ? value.height : value.width),
    );
  return place;
};
host.viewer = { view, draw, put, setZoom, setMode, setSplit, centre, pictures: () => shown() };
load();
