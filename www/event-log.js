/** The event log: what happened, in words, newest first; copied in the order of time. */

const LONGEST = 200;
const list = document.getElementById('event-log');
const copyButton = document.getElementById('copy-log');
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hour12: false });
const labels = { page: 'Page', session: 'Session', token: 'Token', call: 'Call', problem: 'Problem' };
const entries = [];
let last = { text: '', at: 0 };

/** @param {keyof typeof labels} kind @param {string} text */
export function log(kind, text) {
  const at = new Date();
  // One cause may be told twice: by the client's event and by the call that failed.
  if (text === last.text && at - last.at < 1000) return;
  last = { text, at };
  entries.push(`${at.toISOString()}  ${labels[kind].padEnd(8)} ${text}`);
  const item = document.createElement('li');
  item.dataset.kind = kind;
  const time = document.createElement('time');
  time.dateTime = at.toISOString();
  time.textContent = clock.format(at);
  const badge = document.createElement('span');
  badge.className = 'kind';
  badge.textContent = labels[kind];
  const words = document.createElement('p');
  words.textContent = text;
  item.append(time, ' ', badge, ' ', words);
  list.prepend(item);
  if (list.children.length > LONGEST) {
    list.lastElementChild.remove();
    entries.shift();
  }
}

copyButton.addEventListener('click', async () => {
  try {
    await navigator.clipboard.writeText(entries.join('\n'));
    confirm('Copied');
  } catch {
    confirm('Not allowed');
  }
});

function confirm(text) {
  copyButton.textContent = text;
  setTimeout(() => {
    copyButton.textContent = 'Copy';
  }, 1800);
}
