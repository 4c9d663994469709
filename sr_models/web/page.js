// What the page does in the browser beside its components; runs at every load, sets itself up once.
() => {
  if (window.srLab) return;

  const style = document.createElement('style'); // now a picture may come
  style.textContent = '#picture { pointer-events: auto !important; }';
  document.head.append(style);
  // Screen readers say the result as it comes.
  document.querySelector('#sentence').setAttribute('aria-live', 'polite');

  // --- pictures from anywhere: dropped on the page, or by the button at the top -------------------------------------
  const take = (files) => {
    const input = document.querySelector('#picture input[type=file]');
    if (!input || !files.length) return;
    input.files = files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  };
  document.addEventListener('dragover', (e) => e.preventDefault());
  document.addEventListener('drop', (e) => {
    if (e.target.closest('#picture, #original')) return;
    e.preventDefault();
    take(e.dataTransfer.files);
  });
  document.addEventListener('change', (e) => {
    if (!e.target.matches('#open')) return;
    take(e.target.files);
    e.target.value = '';
  });

  let touched = null, byKey = false; // what the visitor last did
  for (const kind of ['pointerdown', 'keydown']) document.addEventListener(kind, (e) => { touched = e.target; byKey = kind === 'keydown'; }, true);

  // Gradio would open the list of a menu again that is left by Tab.
  document.addEventListener('keydown', (e) => { if (e.key === 'Tab' && e.target.matches('[role=combobox]')) e.stopPropagation(); }, true);

  // Arrow keys walk through radio buttons of one name; gradio gives new names to those that it draws again.
  document.addEventListener('focusin', (e) => {
    if (e.target.type !== 'radio' || !byKey) return;
    const radios = [...e.target.closest('fieldset, .block').querySelectorAll('input[type=radio]')];
    if (radios.every((radio) => radio.name === e.target.name)) return;
    const chosen = radios.find((radio) => radio.checked) || e.target;
    radios.forEach((radio) => { radio.name = chosen.name; });
    chosen.checked = true;
    chosen.focus();
  });

  // --- the address holds the settings, never the picture ------------------------------------------------------------
  const changed = new Map();
  let flushing = 0, own = false;
  const flush = () => {
    flushing = 0;
    const address = new URL(location.href);
    changed.forEach((value, name) => (value === '' ? address.searchParams.delete(name) : address.searchParams.set(name, value)));
    changed.clear();
    // A visitor's own choice is a step to go back from; what the page sets because of it is not.
    if (address.href !== location.href) history[own ? 'pushState' : 'replaceState'](null, '', address);
    own = false;
  };
  const remember = (name, value, where) => {
    own ||= !!(touched && touched.closest && touched.closest(where));
    changed.set(name, value === null || value === undefined ? '' : String(value));
    if (!flushing) flushing = setTimeout(flush, 100);
  };
  const write = (name, words) => {
    const field = document.querySelector(`#${name} textarea, #${name} input`);
    field.value = words;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  };
  const tell = (name, search) => write(name, `${search}#${Date.now()}`); // a new value, or nothing would happen
  addEventListener('popstate', () => {
    touched = null;
    const view = new URL(location.href).searchParams.get('view') || 'slider';
    const host = document.querySelector('.sr-viewer');
    if (host && host.viewer.view.mode !== view) host.viewer.setMode(view);
    tell('address', location.search);
  });
  document.addEventListener('sr-view', (e) => remember('view', e.detail, '.sr-viewer'));
  document.addEventListener('click', (e) => {
    const link = e.target.closest('#header a[data-lang]');
    if (!link || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    if (changed.size) flush();
    const address = new URL(location.href);
    address.searchParams.set('lang', link.dataset.lang);
    tell('leave', address.search); // what stands on the page is carried along
  });
  const link = () => {
    if (changed.size) flush();
    const space = document.querySelector('#header header').dataset.space;
    return (space ? `https://huggingface.co/spaces/${space}` : location.origin + location.pathname) + location.search;
  };
  const copyLink = async () => {
    try { await navigator.clipboard.writeText(link()); } catch { /* it is shown all the same */ }
    return link();
  };
  window.srLab = { remember, copyLink };
}
