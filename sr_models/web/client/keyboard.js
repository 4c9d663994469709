// Two faults of gradio that keep a keyboard from its way.

/** Mend them. */
export function listen() {
  // Gradio would open the list of a menu again that is left by Tab.
  document.addEventListener(
    'keydown',
    (e) => {
      if (e.key === 'Tab' && /** @type {Element} */ (e.target).matches('[role=combobox]')) e.stopPropagation();
    },
    true,
  );

  let byKey = false;
  for (const kind of ['pointerdown', 'keydown']) {
    document.addEventListener(
      kind,
      () => {
        byKey = kind === 'keydown';
      },
      true,
    );
  }
  // Arrow keys walk through radio buttons of one name; gradio gives new names to those that it draws again.
  document.addEventListener('focusin', ({ target }) => {
    if (!(target instanceof HTMLInputElement) || target.type !== 'radio' || !byKey) return;
    const group = target.closest('fieldset, .block');
    /** @type {HTMLInputElement[]} */
    const radios = [...(group?.querySelectorAll('input') ?? [])].filter((input) => input.type === 'radio');
    if (radios.every((radio) => radio.name === target.name)) return;
    const chosen = radios.find((radio) => radio.checked) || target;
    for (const radio of radios) radio.name = chosen.name;
    chosen.checked = true;
    chosen.focus();
  });
}
