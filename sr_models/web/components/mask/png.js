// Writes a PNG of black and white: a browser's own has four channels, 32 times the bits.

/** @import { Size } from '../viewer/viewport.js' */

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** @param {Uint8Array} bytes */
function checksum(bytes) {
  let c = 0xffffffff;
  for (const byte of bytes) c = TABLE[(c ^ byte) & 255] ^ (c >>> 8);
  return ~c >>> 0;
}

/**
 * @param {string} name
 * @param {Uint8Array} content
 */
function chunk(name, content) {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(content, 8);
  view.setUint32(8 + content.length, checksum(bytes.subarray(4, 8 + content.length)));
  return bytes;
}

/**
 * Return a PNG of 1 bit, grey.
 * @param {Size} size
 * @param {Uint8Array<ArrayBuffer>} rows a zero, then eight pixels a byte, for each row
 */
export async function encode({ width, height }, rows) {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 1; // bits
  const packed = new Response(new Blob([rows]).stream().pipeThrough(new CompressionStream('deflate')));
  const content = new Uint8Array(await packed.arrayBuffer());
  const parts = [chunk('IHDR', header), chunk('IDAT', content), chunk('IEND', new Uint8Array())];
  return new File([Uint8Array.from(SIGNATURE), ...parts], 'mask.png', { type: 'image/png' });
}
