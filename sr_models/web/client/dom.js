// Elements that must be there, with their types, new ones, and a way to tell the server.

/**
 * Return the first element that a selector names. Throws where it is missing or of another kind.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} kind
 * @returns {T}
 */
export function find(root, selector, kind) {
  const found = root.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`${selector} is missing`);
  return found;
}

/**
 * Make an element with words.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} words
 * @param {string} [kind] its class
 */
export function make(tag, words, kind = '') {
  const made = document.createElement(tag);
  made.textContent = words;
  if (kind) made.className = kind;
  if (made instanceof HTMLButtonElement) made.type = 'button';
  return made;
}

/**
 * Tell the server something through a hidden field of the page: parameters of this page (`address`) or of the page to
 * go to (`leave`), the code of what happened here (`told`), what came (`several`), or that it is to look at what goes
 * on (`look`).
 * @param {'address' | 'leave' | 'told' | 'several' | 'look'} name
 * @param {string} words
 */
export function tell(name, words) {
  const field = /** @type {HTMLInputElement} */ (document.querySelector(`#${name} textarea, #${name} input`));
  field.value = `${words}#${Date.now()}`; // a new value each time, or nothing would happen
  field.dispatchEvent(new Event('input', { bubbles: true }));
}
