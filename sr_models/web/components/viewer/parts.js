// The elements that the viewer is made of.

import { find } from '../../client/dom.js';

const HTML = `
  <div class="stage">
    <canvas tabindex="0" role="img"></canvas>
    <canvas class="lens" aria-hidden="true" hidden></canvas>
    <div class="labels"></div>
    <button type="button" class="frame" hidden></button>
    <div class="handle" role="slider" tabindex="0" aria-valuemin="0" aria-valuemax="100" hidden><span></span></div>
  </div>
  <div class="pair" hidden><select></select><select></select></div>
  <div class="bar" role="toolbar">
    <span class="pill modes" role="radiogroup"></span>
    <label class="pill gain"><span></span><select></select></label>
    <span class="pill zooms" role="radiogroup"></span>
    <span class="pill zoom"><select></select></span>
    <span class="pill"><button type="button" class="smooth" aria-pressed="false"></button></span>
    <span class="pill framing"><button type="button" class="framed" aria-pressed="false"></button></span>
    <span class="pill"><button type="button" class="magnify" aria-pressed="false"></button></span>
    <span class="pill"><button type="button" class="full" aria-pressed="false">
      <svg viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true">
        <path d="M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4" />
      </svg>
    </button></span>
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
    lens: find(host, '.lens', HTMLCanvasElement),
    labels: find(host, '.labels', HTMLDivElement),
    frame: find(host, '.frame', HTMLButtonElement),
    handle: find(host, '.handle', HTMLDivElement),
    bar: find(host, '.bar', HTMLDivElement),
    modes: find(host, '.modes', HTMLSpanElement),
    pair: find(host, '.pair', HTMLDivElement),
    first: find(host, '.pair select', HTMLSelectElement),
    second: find(host, '.pair select + select', HTMLSelectElement),
    gain: find(host, '.gain', HTMLLabelElement),
    gainWord: find(host, '.gain span', HTMLSpanElement),
    gains: find(host, '.gain select', HTMLSelectElement),
    zooms: find(host, '.zooms', HTMLSpanElement),
    zoom: find(host, '.zoom select', HTMLSelectElement),
    smooth: find(host, '.smooth', HTMLButtonElement),
    framing: find(host, '.framing', HTMLSpanElement),
    framed: find(host, '.framed', HTMLButtonElement),
    magnify: find(host, '.magnify', HTMLButtonElement),
    full: find(host, '.full', HTMLButtonElement),
  };
}
