/**
 * How the server behaves and what goes wrong: chosen here, kept by the demo's server, shown alike in all tabs. What changes the
 * client's own options needs a new page, since they are fixed for as long as a vault lives.
 */
import { act, onFeed } from './feed.js';

const byId = (id) => document.getElementById(id);
const names = {
  offlineAccess: 'offline_access is',
  rotation: 'Refresh token in the answer',
  graceSeconds: 'Grace period, seconds',
  graceAnswer: 'Within it',
  reuseEnds: 'Reuse after it ends',
  revocationEnds: 'Revocation ends',
  refusal: 'A dead token gets',
  accessTokenSeconds: 'Access tokens live, seconds (there)',
  refreshTokenHours: 'A session ends after, hours (there)',
  omits: 'Token responses lack',
  metadataOmits: 'Metadata lacks',
  dpop: 'DPoP',
  target: 'Parameter for the API',
  signOut: 'Sign-out',
  secret: 'Client secret',
};
const values = {
  replaces: 'a new one; the old one is over',
  adds: 'another one; the old one stays good',
  repeats: 'the same one',
  omits: 'none',
  same: 'the same answer again',
  new: 'new tokens',
  session: 'the session',
  client: 'all of the person’s sessions with the app',
};

/** @param {{ auth: object, report: (error: Error) => void }} app @param {object} config what the demo's server offers */
export function wireControls({ auth, report }, config) {
  const profile = byId('profile');
  profile.append(...config.profiles.map(({ id, name }) => new Option(name, id)));
  const summary = byId('profile-summary');
  const faults = config.faults.map((fault) => faultButton(fault, report));
  byId('faults').append(...faults.map(({ item }) => item));
  const lifetime = byId('token-lifetime');
  lifetime.append(...config.lifetimes.map((seconds) => new Option(`${seconds} seconds`, seconds)));
  const host = byId('host');

  profile.addEventListener('change', () => anew(auth, `profile/${profile.value}`).catch(report));
  host.addEventListener('change', () => anew(auth, `host/${host.value}`).catch(report));
  lifetime.addEventListener('change', () => act(`lifetime/${lifetime.value}`).catch(report));

  onFeed(({ state }) => {
    if (!state) return;
    profile.value = state.profile;
    host.value = state.host;
    // A test may have chosen a lifetime of its own.
    if (![...lifetime.options].some(({ value }) => Number(value) === state.accessTokenSeconds)) {
      lifetime.append(new Option(`${state.accessTokenSeconds} seconds`, state.accessTokenSeconds));
    }
    lifetime.value = state.accessTokenSeconds;
    const chosen = config.profiles.find(({ id }) => id === state.profile);
    if (summary.textContent !== chosen.summary) {
      summary.textContent = chosen.summary;
      byId('profile-facts').replaceChildren(...Object.entries(chosen.facts).map(factRow));
    }
    for (const { show } of faults) show(state.faults);
  });
}

/** Ends the session of before, loads the page with the new options, and signs in again: the server still knows who it is. */
async function anew(auth, path) {
  const wasSignedIn = auth.isAuthenticated();
  if (wasSignedIn) await auth.logout({ localOnly: true });
  await act(path);
  history.replaceState({ signInAgain: wasSignedIn }, '');
  location.reload();
}

function faultButton({ id, name, summary, lasts }, report) {
  const item = document.createElement('li');
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'small';
  button.textContent = name;
  button.dataset.testid = `fault-${id}`;
  const words = document.createElement('span');
  words.className = 'hint';
  words.id = `fault-${id}-words`;
  words.textContent = summary;
  button.setAttribute('aria-describedby', words.id);
  item.append(button, words);
  let isOn = false;
  const show = (on) => {
    isOn = on.includes(id);
    if (lasts !== 'now') button.setAttribute('aria-pressed', String(isOn));
  };
  show([]);
  for (const event of ['focus', 'pointerenter']) {
    button.addEventListener(event, () => {
      byId('fault-words').textContent = summary;
    });
  }
  button.addEventListener('click', () => {
    act(`fault/${id}/${isOn && lasts !== 'now' ? 'off' : 'on'}`).catch(report);
  });
  return { item, show };
}

function factRow([name, { value, source, verified }]) {
  const row = document.createElement('tr');
  const head = document.createElement('th');
  head.scope = 'row';
  head.textContent = names[name] ?? name;
  const cell = document.createElement('td');
  cell.textContent = inWords(name, value) + (verified === false ? ' (not verified)' : '');
  const from = document.createElement('td');
  const link = document.createElement('a');
  link.href = source;
  link.textContent = new URL(source).hostname.replace(/^www\./, '');
  link.rel = 'noreferrer';
  link.target = '_blank';
  link.setAttribute('aria-label', `Source for: ${head.textContent}, ${link.textContent}`);
  from.append(link);
  row.append(head, cell, from);
  return row;
}

function inWords(name, value) {
  if (name === 'refusal') return `${value.status} ${value.body.error ?? 'without a body'}`;
  if (value === null) return 'never';
  if (value.path) return `${value.path} with ${value.returnTo}`;
  if (Array.isArray(value)) return value.join(', ') || 'nothing';
  return values[value] ?? String(value);
}
