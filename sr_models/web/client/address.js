// The address holds the settings, never the picture.

import { inAddress, ofAddress } from '../components/viewer/place.js';
import { find, tell } from './dom.js';

const PAUSE = 100; // ms in which changes become one step
const REST = 300; // ms without moving after which a place is kept: browsers take only so many changes

/** @type {Map<string, string>} */
const changed = new Map();
/** @type {EventTarget | null} */
let touched = null; // what the visitor last used
let flushing = 0;
let own = false;
let moving = 0;

/** Return the viewer, where there is one. */
const viewer = () =>
  /** @type {(HTMLElement & { viewer: any }) | null} */ (document.querySelector('.sr-viewer'))?.viewer;

/** Keep where the viewer looks; never a step to go back from. */
function keepPlace() {
  moving = 0;
  for (const [name, value] of Object.entries(viewer()?.place() ?? {})) change(name, value);
}

/**
 * @param {string} name
 * @param {string} value
 */
function change(name, value) {
  changed.set(name, value);
  flushing ||= setTimeout(flush, PAUSE);
}

/** Take a zoom or place that may not be out of the address. */
function tidy() {
  const asked = new URL(location.href).searchParams;
  for (const [name, value] of Object.entries(inAddress(ofAddress(asked)))) {
    if (asked.has(name)) change(name, value);
  }
  flush();
}

/** Put all changes into the address at once. */
function settle() {
  if (moving) {
    clearTimeout(moving);
    keepPlace();
  }
  if (changed.size) flush();
}

/** Put the changes into the address. */
function flush() {
  clearTimeout(flushing);
  flushing = 0;
  const address = new URL(location.href);
  for (const [name, value] of changed) {
    if (value === '') address.searchParams.delete(name);
    else address.searchParams.set(name, value);
  }
  address.search = address.search.replaceAll('%2C', ',');
  changed.clear();
  // A visitor's own choice is a step to go back from; what the page sets because of it is not.
  if (address.href !== location.href) {
    if (own) history.pushState(null, '', address);
    else history.replaceState(history.state, '', address);
  }
  own = false;
}

/**
 * Remember a setting; it is the visitor's own where the component was used last.
 * @param {string} name
 * @param {unknown} value
 * @param {string} where a selector of the component
 */
export function remember(name, value, where) {
  own ||= touched instanceof Element && !!touched.closest(where);
  change(name, String(value ?? ''));
}

/** Return the link to this page with its settings, without what is the visitor's alone. */
function link() {
  settle();
  const { space } = find(document, '#header header', HTMLElement).dataset;
  const address = new URL(location.href);
  address.searchParams.delete('job');
  address.search = address.search.replaceAll('%2C', ',');
  return (space ? `https://huggingface.co/spaces/${space}` : location.origin + location.pathname) + address.search;
}

/** Copy the link to this page; return it as the status shows it. */
export async function copyLink() {
  try {
    await navigator.clipboard.writeText(link());
  } catch {
    // it is shown all the same
  }
  const said = document.createElement('output');
  said.textContent = link();
  return said.outerHTML;
}

/** Go back and forward, change the language, follow the viewer. */
export function listen() {
  tidy();
  for (const kind of ['pointerdown', 'keydown']) {
    document.addEventListener(
      kind,
      (e) => {
        touched = e.target;
      },
      true,
    );
  }
  addEventListener('popstate', () => {
    touched = null;
    clearTimeout(moving);
    moving = 0;
    const asked = new URL(location.href).searchParams;
    const view = asked.get('view') || 'slider';
    const there = viewer();
    if (there && there.view.mode !== view) there.setMode(view);
    there?.go(asked);
    tell('address', location.search);
  });
  document.addEventListener('sr-view', (e) => {
    remember('view', /** @type {CustomEvent<string>} */ (e).detail, '.sr-viewer');
  });
  document.addEventListener('sr-place', () => {
    clearTimeout(moving);
    moving = setTimeout(keepPlace, REST);
  });
  // Another page comes in the language of this one, to which Back leads with all that stands here.
  document.addEventListener('click', (e) => {
    const link = /** @type {Element} */ (e.target).closest('#header .pages a');
    if (!link || link.hasAttribute('aria-current') || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    settle();
    const language = new URL(location.href).searchParams.get('lang');
    tell('leave', link.getAttribute('href') + (language ? `?lang=${language}` : ''));
  });
  document.addEventListener('click', (e) => {
    const language = /** @type {Element} */ (e.target).closest('#header a[data-lang]');
    if (!(language instanceof HTMLElement) || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    if (document.documentElement.lang.startsWith(language.lang)) return; // it is the page's already
    settle();
    const address = new URL(location.href);
    address.searchParams.set('lang', language.dataset.lang ?? '');
    tell('leave', address.search); // what stands on the page is carried along
  });
}
