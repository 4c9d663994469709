// What the page does in the browser beside its components.

import * as lines from '../components/lines/lines.js';
import * as address from './address.js';
import * as copy from './copy.js';
import * as drawers from './drawers.js';
import * as drop from './drop.js';
import * as job from './job.js';
import * as keyboard from './keyboard.js';

let started = false;

/** Set everything up once, when the page stands. */
export function start() {
  if (started) return;
  started = true;
  const style = document.createElement('style'); // now a picture may come
  style.textContent = '#picture { pointer-events: auto !important; }';
  document.head.append(style);
  // Screen readers say the result as it comes.
  document.querySelector('#sentence')?.setAttribute('aria-live', 'polite');
  address.listen();
  copy.listen();
  drawers.listen();
  drop.listen();
  job.listen();
  keyboard.listen();
  lines.listen();
  Object.assign(window, { srLab: { remember: address.remember, copyLink: address.copyLink } });
}
