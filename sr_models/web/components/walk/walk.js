// The walk between two drawn pictures: a strip of frames, a slider, an animation; walk.py says what a value is.

/**
 * @typedef {{ id: string, strip: string, large: string, frames: number, smooth: boolean, start: string, end: string }}
 *   Value
 */

const FRAME = 160; // ms that each frame stands
const still = matchMedia('(prefers-reduced-motion: reduce)');

/**
 * Show one of several frames that lie side by side.
 * @param {HTMLElement} where
 * @param {string} picture
 * @param {number} frame
 * @param {number} frames
 */
function show(where, picture, frame, frames) {
  where.style.backgroundImage = `url(${picture})`;
  where.style.backgroundSize = `${frames * 100}% 100%`;
  where.style.backgroundPosition = `${(frame / (frames - 1)) * 100}% 0`;
}

/**
 * @param {string} tag
 * @param {string} kind its class
 * @param {string} [words]
 */
function part(tag, kind, words = '') {
  const made = document.createElement(tag);
  made.className = kind;
  made.textContent = words;
  return made;
}

/**
 * Put the walk into an element; runs once per component.
 * @param {HTMLElement} element
 * @param {{ value: Value | null, words: Record<string, string> }} props
 * @param {(name: string, changed: () => void) => void} watch
 */
export function mount(element, props, watch) {
  const host = part('div', 'sr-walk');
  const slider = document.createElement('input');
  Object.assign(slider, { type: 'range', min: '0', step: '1', value: '0' });
  const play = document.createElement('button');
  Object.assign(play, { type: 'button', className: 'lab-link' });
  const large = part('div', 'large');
  const share = part('span', 'share');
  const strip = part('div', 'strip');
  strip.ariaHidden = 'true'; // the slider says the same
  let at = 0;
  let timer = 0;
  let step = 1;

  /** @param {number} frame */
  function go(frame) {
    const { value, words } = props;
    if (!value) return;
    at = Math.min(Math.max(frame, 0), value.frames - 1);
    const percent = Math.round((at / (value.frames - 1)) * 100);
    slider.value = String(at);
    slider.ariaValueText = (words.frame ?? '').replace('{share}', String(percent));
    share.textContent = `${percent} %`;
    show(large, value.large, at, value.frames);
    [...strip.children].forEach((child, i) => {
      child.classList.toggle('on', i === at);
    });
    host.dataset.frame = String(at);
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    play.textContent = `▶ ${props.words.play}`;
  }

  function toggle() {
    if (timer) {
      stop();
      return;
    }
    play.textContent = `❚❚ ${props.words.pause}`;
    timer = setInterval(() => {
      if (at + step < 0 || at + step >= (props.value?.frames ?? 0)) step = -step;
      go(at + step);
    }, FRAME);
  }

  function draw() {
    if (!element.contains(host)) element.replaceChildren(host);
    const { value, words } = props;
    host.hidden = !value;
    if (!value || host.dataset.id === value.id) return;
    host.dataset.id = value.id;
    host.classList.toggle('smooth', value.smooth);
    stop();
    play.hidden = still.matches;
    slider.max = String(value.frames - 1);
    slider.ariaLabel = words.place ?? '';
    strip.replaceChildren(
      ...Array.from({ length: value.frames }, (_, i) => {
        const frame = part('span', 'frame');
        show(frame, value.strip, i, value.frames);
        frame.onclick = () => go(i);
        return frame;
      }),
    );
    const ends = part('div', 'ends');
    ends.append(
      part('span', 'start', `${words.from_end} ${value.start}`),
      share,
      part('span', 'end', `${words.to_end} ${value.end}`),
    );
    const side = part('div', 'side');
    side.append(slider, ends, play);
    const scroller = part('div', 'scroller');
    scroller.append(strip);
    host.replaceChildren(scroller, large, side);
    go(0);
  }

  slider.oninput = () => {
    stop();
    go(Number(slider.value));
  };
  play.onclick = toggle;
  still.addEventListener('change', () => {
    play.hidden = still.matches;
    if (still.matches) stop();
  });
  watch('value', draw);
  draw();
}
