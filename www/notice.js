/** One notice at a time, at the top of the page: what went wrong, its code, and what to do about it. */

const place = document.getElementById('notice-place');

/**
 * @param {object} it
 * @param {string} it.title
 * @param {string} it.text
 * @param {Error & { code?: string, oauth?: object }} [it.error] the library's error, for those who want to know
 * @param {{ label: string, run(): void }} [it.action]
 */
export function showNotice({ title, text, error, action }) {
  const box = element('div', 'notice');
  const words = element('div');
  words.append(element('strong', '', title), element('p', '', text));
  if (error) words.append(...details(error));
  const buttons = element('div', 'notice-actions');
  if (action) buttons.append(button(action.label, action.run));
  buttons.append(button('Dismiss', hideNotice));
  box.append(words, buttons);
  place.replaceChildren(box);
}

export function hideNotice() {
  place.replaceChildren();
}

function details({ code, oauth, message }) {
  const codes = [code, oauth?.error].filter(Boolean).join(' / ');
  const line = element('p', 'hint', 'Code: ');
  line.append(element('code', '', codes));
  const more = element('details');
  more.append(element('summary', '', 'In the words of the library'), element('p', '', message));
  if (oauth?.error_description) more.append(element('p', '', `The server says: ${oauth.error_description}`));
  return codes ? [line, more] : [more];
}

function button(label, onClick) {
  const made = element('button', 'small quiet', label);
  made.type = 'button';
  made.addEventListener('click', onClick);
  return made;
}

function element(name, className = '', text = '') {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}
