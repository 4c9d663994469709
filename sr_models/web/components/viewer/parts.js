// The elements that the viewer is made of.

import { find } from '../../client/dom.js';

const HTML = `
  <div class="stage">
    <canvas tabindex="0" role="img"></canvas>
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

/** @typedef {ReturnType<typeof build>} Parts */

/** Build the elements, not yet in the page. */
export function build() {
  const host = document.createElement('div');
  host.className = 'sr-viewer';
  host.innerHTML = HTML;
  return {
    host,
    stage: find(host, '.stage', HTMLDivElement),
    canvas: find(host, 'canvas', HTMLCanvasElement),
    labels: find(host, '.labels', HTMLDivElement),
    frame: find(host, '.frame', HTMLButtonElement),
    handle: find(host, '.handle', HTMLDivElement),
    bar: find(host, '.bar', HTMLDivElement),
    modes: find(host, '.modes', HTMLSpanElement),
    pair: find(host, '.pair', HTMLSpanElement),
    gain: find(host, '.gain', HTMLLabelElement),
    gainWord: find(host, '.gain span', HTMLSpanElement),
    gains: find(host, '.gain select', HTMLSelectElement),
    zooms: find(host, '.zooms', HTMLSpanElement),
    smooth: find(host, '.smooth', HTMLButtonElement),
    framed: find(host, '.framed', HTMLButtonElement),
    full: find(host, '.full', HTMLButtonElement),
  };
}
