// While a picture is in the background, the page looks again and again how far it is.

import { tell } from './dom.js';

const PAUSE = 2000; // ms between two looks

/** Look while Stop is offered: what is over does not change. */
export function listen() {
  setInterval(() => {
    if (document.querySelector('#job_stop')?.checkVisibility()) tell('look', '');
  }, PAUSE);
}
