// Where the visitor looks, as the address says it: `zoom=4&at=0.41,0.62`.

import { WHOLE } from './state.js';
import { ZOOMS } from './viewport.js';

/** @import { Place } from './state.js' */

/**
 * Return the place that an address asks for; nonsense counts as absent.
 * @param {URLSearchParams} asked
 * @returns {Place}
 */
export function ofAddress(asked) {
  const zoom = ZOOMS.find((step) => String(step) === asked.get('zoom'));
  if (!zoom) return WHOLE;
  const at = /^([01](?:\.\d+)?),([01](?:\.\d+)?)$/.exec(asked.get('at') ?? '');
  const [x, y] = at ? [Number(at[1]), Number(at[2])] : [WHOLE.x, WHOLE.y];
  return x <= 1 && y <= 1 ? { zoom, x, y } : { ...WHOLE, zoom };
}

/**
 * Return what an address says of a place; "" of a picture that is seen whole.
 * @param {Place} place
 */
export function inAddress({ zoom, x, y }) {
  if (zoom === 'fit' || !ZOOMS.includes(zoom)) return { zoom: '', at: '' };
  return { zoom: String(zoom), at: [x, y].map((share) => Number(share.toFixed(4))).join(',') };
}
