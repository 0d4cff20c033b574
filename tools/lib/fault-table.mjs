/**
 * The table of docs/rotation-faults.md, as it follows from tests/vectors/rotation-faults.json, which the tests on the
 * host and in the browsers measure.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'prettier';
import { faultRows } from './fault-rows.mjs';

export const page = 'docs/rotation-faults.md';
const [start, end] = ['<!-- faults -->', '<!-- /faults -->'];

/** The defaults of the options `httpTimeoutSeconds` and `rotationGraceSeconds`. */
const defaults = { timeout: 10, grace: 10 };
const browsers = { chromium: 'Chromium', firefox: 'Firefox', webkit: 'WebKit' };
const columns = [
  'What happens',
  'What the calls that wait get',
  'Events; signed in',
  'What becomes of the requests',
  'Requests',
  'The next call',
  'Shown',
];

/** The page's text with the table as it should be. */
export async function pageWithTable(root) {
  const text = readFileSync(path.join(root, page), 'utf8');
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${page}: ${start} and ${end} are missing`);
  const table = faultTable(faultRows(root));
  return format(`${text.slice(0, from + start.length)}\n\n${table}\n\n${text.slice(to)}`, {
    parser: 'markdown',
    printWidth: 110,
  });
}

function faultTable(rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const cells = rows.map((row) => [
    row.what,
    `${outcome(row)}, ${wait(row)}${otherWaits(row)}${recovery(row)}`,
    `${row.events.length > 0 ? runs(row.events.map(eventName)) : 'none'}; ${row.signedIn ? 'yes' : 'no'}`,
    row.requests.length > 0 ? runs(row.requests.map(requestText)) : 'nothing',
    count(row),
    next(row),
    row.shown.map((place) => (place === 'browsers' ? 'three browsers' : place)).join(', '),
  ]);
  return [line(columns), line(columns.map(() => '---')), ...cells.map(line)].join('\n');
}

function outcome({ calls, retryable }) {
  if (calls === 'succeed') return 'succeed';
  return retryable === undefined ? `\`${calls}\`` : `\`${calls}\`, ${retryable ? '' : 'not '}retryable`;
}

function wait({ options, waits }) {
  const { milliseconds = [0, 0], shortTimeouts = 0, timeouts = 0, thirdsOfGrace = 0 } = waits;
  const timeout = options?.httpTimeoutSeconds ?? defaults.timeout;
  // So that two more tries fall within the grace period.
  const shortTimeout = Math.min(timeout, defaults.grace * 0.45);
  const fixed = shortTimeouts * shortTimeout + timeouts * timeout + (thirdsOfGrace * defaults.grace) / 3;
  const [shortest, longest] = milliseconds.map((number) => seconds(fixed + number / 1000));
  if (longest === '0') return 'at once';
  return `after ${shortest === longest ? '' : `${shortest} to `}${longest} s`;
}

function otherWaits(row) {
  const others = Object.keys(browsers).filter((name) => row[name]?.waits);
  return others.map((name) => `, ${wait({ ...row, ...row[name] })} in ${browsers[name]}`).join('');
}

function recovery({ recoversWithinSeconds: most }) {
  return most ? `; succeed within ${most} s of the connection's return` : '';
}

const seconds = (number) => String(Math.round(number * 10) / 10);

function eventName(event) {
  const [type, reason] = event.split(': ');
  return reason ? `\`${type}\` (\`${reason}\`)` : `\`${type}\``;
}

/** Names of parameters, headers and error codes as code. */
const requestText = (request) => request.replace(/\b(?:[a-z]+_[a-z_]+|Retry-After: \d+)/g, '`$&`');

/** One after the other, each with how often it came in a row. */
function runs(texts) {
  const groups = [];
  for (const text of texts) {
    if (groups.at(-1)?.text === text) groups.at(-1).times += 1;
    else groups.push({ text, times: 1 });
  }
  return groups.map(({ text, times }) => (times > 1 ? `${text} (${times} times)` : text)).join('; ');
}

function count(row) {
  const others = Object.entries(browsers)
    .filter(([name]) => row[name]?.requests)
    .map(([name, title]) => `${row[name].requests.length} in ${title}`);
  return [row.requests.length, ...others].join(', ');
}

function next({ signedIn, next: { calls, requests } }) {
  const refreshes = requests.length === 0 ? 'no refresh' : `${requests.length} refresh`;
  const sentence = calls === 'succeed' ? `succeeds, ${refreshes}` : `\`${calls}\`, ${refreshes}`;
  return signedIn ? sentence : `${sentence}; after one sign-in all works`;
}
