// The result on the clipboard, as PNG of 8 bits: other kinds are taken by few programs.

import { find, tell } from './dom.js';

const DEPTH = 24; // the byte of a PNG that tells its bits

/** Fetch the result that the page offers. */
async function result() {
  const field = find(document, '#result_file', HTMLElement).querySelector('textarea, input');
  const path = /** @type {HTMLInputElement} */ (field).value.split('/').map(encodeURIComponent).join('/');
  const answer = await fetch(new URL(`gradio_api/file=${path}`, document.baseURI));
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const file = await answer.blob();
  const depth = new Uint8Array(await file.slice(DEPTH, DEPTH + 1).arrayBuffer())[0];
  return file.type === 'image/png' && depth === 8 ? file : asPng(file);
}

/** @param {Blob} file */
async function asPng(file) {
  const bitmap = await createImageBitmap(file);
  const canvas = document.createElement('canvas');
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
  return /** @type {Promise<Blob>} */ (
    new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no PNG'))), 'image/png');
    })
  );
}

async function copy() {
  try {
    // The promise goes in as it is: Safari writes only while the press lasts.
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': result() })]);
    tell('told', 'copied');
  } catch {
    tell('told', 'not_copied');
  }
}

/** Copy on a press of the button; where the browser cannot, there is none. */
export function listen() {
  if (!('ClipboardItem' in window && navigator.clipboard?.write)) {
    const style = document.createElement('style');
    style.textContent = '#copy_picture { display: none !important; }';
    document.head.append(style);
    return;
  }
  document.addEventListener('click', (e) => {
    if (/** @type {Element} */ (e.target).closest('#copy_picture')) copy();
  });
}
