/**
 * The timeline: a list with one item for each step, drawn and in words. New steps go where their time puts them, and what is
 * there is changed when more is known; equal calls that follow each other are one item.
 */
import { draw } from './drawing.js';
import { afterEntry, nothingHeld } from './holdings.js';
import { onFeed } from './feed.js';
import { showHolders } from './holders.js';
import { rules } from './rules.js';
import { factsOf, wordsFor } from './words.js';

const MOST_ROWS = 120;
const LONG_PAUSE = 2000; // milliseconds after which the pause is worth a word
const list = document.getElementById('timeline');
const scroller = document.getElementById('timeline-scroll');
const emptyWords = document.getElementById('timeline-empty');
const legend = document.getElementById('legend');
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hour12: false });
const entries = new Map(); // by id
const items = new Map(); // a row's key -> { element, signature }
let clearedAt = 0;
let isDue = false;
let accepted = [];

export function startTimeline() {
  onFeed((message) => {
    if (message.type === 'record') {
      entries.clear();
      for (const entry of message.entries) entries.set(entry.id, entry);
    }
    if (message.type === 'entry') entries.set(message.entry.id, message.entry);
    if (message.state) accepted = message.state.accepts;
    schedule();
  });
  document.getElementById('timeline-clear').addEventListener('click', () => {
    clearedAt = Date.now();
    schedule();
  });
}

function schedule() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    render();
  });
}

function render() {
  const isAtEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60;
  const { rows, held } = rowsOf([...entries.values()].sort((a, b) => a.at - b.at || a.id - b.id));
  const shown = rows.filter(({ at }) => at > clearedAt).slice(-MOST_ROWS);
  const keys = new Set(shown.map(({ key }) => key));
  for (const [key, { element }] of items) {
    if (keys.has(key)) continue;
    element.remove();
    items.delete(key);
  }
  let place = list.firstElementChild;
  for (const row of shown) {
    const element = itemFor(row);
    if (element === place) place = place.nextElementSibling;
    else list.insertBefore(element, place);
  }
  emptyWords.hidden = shown.length > 0;
  showHolders(held, accepted);
  if (isAtEnd) scroller.scrollTop = scroller.scrollHeight;
}

/** Each step with what is held before and after it. */
function rowsOf(sorted) {
  const rows = [];
  let held = nothingHeld();
  let viaEscrow = false;
  for (const entry of sorted) {
    const before = held;
    held = afterEntry(held, entry);
    if (entry.event === 'server_request' && entry.endpoint === 'refresh') viaEscrow = entry.escrow;
    const words = wordsFor(entry);
    if (!words) continue;
    const last = rows.at(-1);
    if (last && isSame(last, entry, words)) {
      last.entries.push(entry);
      last.words = words;
      last.held.after = held;
      continue;
    }
    const pause = last ? entry.at - last.entries.at(-1).at : 0;
    rows.push({
      key: entry.id,
      at: entry.at,
      entries: [entry],
      words: { ...words, ...(viaEscrow && entry.grant === 'refresh_token' && { viaEscrow }) },
      held: { before, after: held },
      pause: pause > LONG_PAUSE ? pause : 0,
    });
  }
  return { rows, held };
}

/** Ten calls at once are one row, and so are the deposits of a quiet minute. */
function isSame({ entries: [first], words: known }, entry, words) {
  if (words.isDeposit && known.isDeposit) return true;
  if (entry.kind !== 'call' || first.kind !== 'call' || first.path !== entry.path) return false;
  return (
    first.carries?.name === entry.carries?.name &&
    entry.at - first.at < 1000 &&
    (words.outcome === known.outcome || words.isPending || known.isPending)
  );
}

function itemFor(row) {
  const signature = JSON.stringify([row.entries, row.words, row.held, row.pause]);
  const known = items.get(row.key);
  if (known?.signature === signature) return known.element;
  const element = known?.element ?? document.createElement('li');
  const hadFocus = element.contains(document.activeElement);
  const isOpen = element.querySelector('.step')?.getAttribute('aria-expanded') === 'true';
  fill(element, row, isOpen);
  if (hadFocus) element.querySelector('.step').focus();
  items.set(row.key, { element, signature });
  return element;
}

function fill(element, { key, at, entries: all, words, held, pause }, isOpen) {
  element.dataset.tone = words.tone;
  element.dataset.testid = 'step';
  element.classList.toggle('is-switch', Boolean(words.isSwitch));
  const facts = make('div', 'facts');
  facts.id = `facts-${key}`;
  facts.hidden = !isOpen;
  facts.append(factList(all));
  const step = make('button', 'step');
  step.type = 'button';
  step.setAttribute('aria-expanded', String(isOpen));
  step.setAttribute('aria-controls', facts.id);
  step.append(...stepWords(words, all));
  step.addEventListener('click', () => {
    const open = step.getAttribute('aria-expanded') !== 'true';
    step.setAttribute('aria-expanded', String(open));
    facts.hidden = !open;
  });
  const time = make('time', '', clock.format(at));
  time.dateTime = new Date(at).toISOString();
  const text = make('div', 'step-text');
  text.append(step, ...reason(words), facts);
  element.replaceChildren(time, draw(words, held), text);
  if (pause) element.prepend(make('p', 'pause', `${(pause / 1000).toFixed(1)}\u00a0s later`));
}

function stepWords({ title, outcome, carries = [], brings = [], lost, tone, viaEscrow, isPending }, all) {
  const parts = [make('strong', '', all.length > 1 ? `${title} ×${all.length}` : title)];
  const names = (tokens) => tokens.map(({ name }) => name).join(', ');
  const isRenewal = carries.length > 0 && brings.length > 0;
  if (isRenewal)
    parts.push(
      make('span', 'tokens', `${names(carries)} → ${lost ? '(' : ''}${names(brings)}${lost ? ')' : ''}`),
    );
  else if (carries.length) parts.push(make('span', 'tokens', `with ${names(carries)}`));
  else if (brings.length) parts.push(make('span', 'tokens', `→ ${names(brings)}`));
  if (viaEscrow) parts.push(make('span', 'tokens', 'carried by the escrow'));
  if (isPending) parts.push(make('span', 'outcome-word', 'under way'));
  if (outcome) parts.push(make('span', `outcome-word tone-${tone}`, outcome));
  return parts.flatMap((part, index) => (index ? [' ', part] : [part]));
}

function reason({ why, rule }) {
  if (!why && !rule) return [];
  const words = make('p', 'why', why ?? '');
  if (rule) {
    const link = make('a', 'rule', `Rule ${rule}`);
    link.href = `#rule-${rule}`;
    link.title = rules[rule];
    link.addEventListener('click', () => {
      legend.open = true;
    });
    words.append(why ? ' ' : '', link);
  }
  return [words];
}

function factList(all) {
  const facts = make('dl');
  for (const entry of all.slice(-3)) {
    for (const [name, value] of factsOf(entry)) facts.append(make('dt', '', name), make('dd', '', value));
  }
  return facts;
}

function make(name, className = '', text = '') {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}
