// Pictures from anywhere: dropped on the page, pasted, or by the button at the top.

import { tell } from './dom.js';

const TEXT_FIELDS = 'textarea, select, [contenteditable], input:not([type=file], [type=radio], [type=checkbox])';

const MOST = 51; // files at once: more than the server takes, so that it can tell of its limit

let own = false; // what is dragged comes from this page

/**
 * Give files to a field for pictures.
 * @param {string} where
 * @param {File[]} files
 */
function give(where, ...files) {
  const input = document.querySelector(`${where} input[type=file]`);
  if (!(input instanceof HTMLInputElement) || !files.length) return;
  const data = new DataTransfer();
  for (const file of files) data.items.add(file);
  input.files = data.files;
  input.dispatchEvent(new Event('change', { bubbles: true }));
}

/**
 * Upload files one by one, and tell the server of all: name, path and bytes of each; "" for one that was refused.
 * @param {File[]} files
 */
async function bringAll(files) {
  const came = [];
  for (const file of files) {
    const form = new FormData();
    form.append('files', file);
    const answer = await fetch(new URL('gradio_api/upload', document.baseURI), { method: 'POST', body: form });
    const [path] = answer.ok ? await answer.json() : [''];
    came.push([file.name, path, file.size]);
  }
  tell('several', JSON.stringify(came));
}

/** @param {File[]} files */
function take(files) {
  if (!files.length) return;
  if (document.querySelector('#mode input[value=pair]:checked')) {
    // One alone fills the gap where there is one.
    const second =
      files.length === 1 && document.querySelector('#picture img') && !document.querySelector('#original img');
    give(second ? '#original' : '#picture', files[0]);
    give('#original', ...files.slice(1, 2));
    return;
  }
  const packed = files.some(isZip);
  if (!isZip(files[0])) give('#picture', files[0]);
  if (files.length < 2 && !packed) return;
  if (document.querySelector('#several :is(textarea, input)')) bringAll(files.slice(0, MOST));
  else tell('told', 'several_files');
}

/** @param {File} file */
function isZip({ name, type }) {
  return /\.zip$/i.test(name) || type === 'application/zip';
}

/** @param {DataTransfer} data */
function hasFolder(data) {
  return [...data.items].some((item) => item.webkitGetAsEntry?.()?.isDirectory);
}

/**
 * Return the files that were dropped, those of folders too, as many as are taken at once.
 * @param {DataTransfer} data
 * @returns {Promise<File[]>}
 */
async function filesOf(data) {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  if (!entries.some((entry) => entry?.isDirectory)) return [...data.files];
  /** @type {File[]} */
  const found = [];
  for (const entry of entries) if (entry) await walk(entry, found);
  return found;
}

/**
 * Add the files of an entry, in order of name, to those that were found; hidden ones are left out.
 * @param {FileSystemEntry} entry
 * @param {File[]} found
 * @returns {Promise<void>}
 */
async function walk(entry, found) {
  if (found.length >= MOST || entry.name.startsWith('.')) return;
  if (entry.isFile) {
    const file = /** @type {FileSystemFileEntry} */ (entry);
    found.push(await new Promise((done, failed) => file.file(done, failed)));
    return;
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  /** @type {FileSystemEntry[]} */
  const inside = [];
  for (;;) {
    // A browser gives a hundred at a time, and none at the end.
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) break;
    inside.push(...some);
  }
  inside.sort((a, b) => a.name.localeCompare(b.name));
  for (const each of inside) await walk(each, found);
}

/**
 * Say whether what came without a file is a picture of a web page, or its address.
 * @param {DataTransfer} data
 */
function isOfTheWeb(data) {
  return data.types.includes('text/uri-list') || /<img\s/i.test(data.getData('text/html'));
}

/** @param {DragEvent} e */
function dropped(e) {
  const data = e.dataTransfer;
  const target = /** @type {Element} */ (e.target);
  if (!data || (data.files.length && target.closest('#original'))) return;
  if (data.files.length === 1 && target.closest('#picture') && !isZip(data.files[0]) && !hasFolder(data)) return;
  if (!data.files.length && target.closest(TEXT_FIELDS)) return;
  e.preventDefault();
  e.stopPropagation();
  target.dispatchEvent(new DragEvent('dragleave', { bubbles: true })); // a field that showed it was over it
  if (data.files.length) filesOf(data).then(take);
  else if (!own && isOfTheWeb(data)) tell('told', 'only_an_address');
}

/** @param {ClipboardEvent} e */
function pasted(e) {
  const data = e.clipboardData;
  if (!data) return;
  if (data.files.length) {
    e.preventDefault();
    take([...data.files]);
  } else if (!(/** @type {Element} */ (e.target).closest(TEXT_FIELDS)) && isOfTheWeb(data)) {
    tell('told', 'only_an_address');
  }
}

/** Take what is dropped outside the fields for pictures, pasted or opened. */
export function listen() {
  document.addEventListener('dragstart', () => {
    own = true;
  });
  document.addEventListener('dragend', () => {
    own = false;
  });
  document.addEventListener('dragover', (e) => e.preventDefault());
  document.addEventListener('drop', dropped, true);
  document.addEventListener('paste', pasted);
  document.addEventListener('change', (e) => {
    const opener = e.target;
    if (!(opener instanceof HTMLInputElement) || opener.id !== 'open') return;
    take([...(opener.files ?? [])]);
    opener.value = '';
  });
}
