/**
 * What an entry of the record means: between whom it passes, what it carries, how it ended, and why that is so. Everything that
 * the timeline draws is also in these words.
 */
import { toldWords } from './told.js';

/**
 * @typedef {object} Step
 * @property {string} from the lane where it begins
 * @property {string} [to] the lane that it goes to; without it, it concerns `from` alone
 * @property {string} title
 * @property {string} [outcome] in a word or two; empty while it is under way
 * @property {'good' | 'wait' | 'bad' | 'plain'} tone
 * @property {object[]} [carries] the tokens on the way there, `{ name, digest }`
 * @property {object[]} [brings] the tokens on the way back
 * @property {'request' | 'answer'} [lost]
 * @property {boolean} [isExchange] there is a way back, too
 * @property {boolean} [isPending]
 * @property {boolean} [viaPage] it begins with the page, which gives no token along
 * @property {string} [why]
 * @property {number} [rule]
 */

/** @returns {Step | undefined} nothing for what is not shown */
export function wordsFor(entry) {
  switch (entry.kind) {
    case 'token':
      return entry.grant === 'refresh_token' ? refresh(entry) : signIn(entry);
    case 'call':
      return call(entry);
    case 'authorize':
      return {
        ...navigation(entry, entry.silent ? 'Asks who is signed in' : 'Sign-in page'),
        why: entry.silent
          ? 'A round trip without a page (prompt=none).'
          : entry.fresh
            ? 'A step-up: the person shall sign in anew.'
            : 'The browser goes there and comes back with a code, which alone is worth nothing.',
      };
    case 'sign-out':
      return { ...navigation(entry, 'Sign-out page'), why: 'Signed out here already; now at the server.' };
    case 'revocation':
      return {
        ...exchange(entry, 'Revocation'),
        carries: [entry.sends].filter(Boolean),
        why: 'What is not needed any longer is given back.',
        rule: 10,
      };
    case 'metadata':
      return exchange(entry, entry.what === 'keys' ? 'The server’s keys' : 'The server’s metadata');
    case 'switch':
      return { from: 'server', title: entry.text, tone: 'plain', isSwitch: true };
    default:
      return toldWords(entry);
  }
}

/** The facts of an entry, for whoever wants them all. @returns {[string, string][]} */
export function factsOf(entry) {
  const { kind, at, status, milliseconds, sends, carries, gives = [], fault, error, dpop } = entry;
  const token = ({ name, digest }) => `${name} (digest ${digest} …)`;
  return [
    ['When', new Date(at).toISOString().slice(11, 23)],
    status != null && ['Status', status === 0 ? 'none: the connection died' : String(status)],
    error && ['Error', error],
    milliseconds != null && ['Took', `${milliseconds} ms`],
    sends && ['Sent', token(sends)],
    carries && ['Carried', token(carries)],
    gives.length > 0 && [entry.lost ? 'Would have brought' : 'Brought', gives.map(token).join(', ')],
    dpop !== undefined && ['DPoP proof', dpop ? 'yes' : 'no'],
    fault && ['Fault', fault],
    entry.grace && ['Grace', 'taken again within its grace period'],
    entry.reuse && ['Reuse', 'the server saw a token that it had replaced'],
    ...(kind === 'told' ? toldFacts(entry) : []),
  ].filter(Boolean);
}

function toldFacts({ kind, id, at, time, message, ...rest }) {
  const facts = Object.entries(rest).map(([name, value]) => [name, String(value)]);
  return message ? [['Says', message], ...facts] : facts;
}

function refresh(entry) {
  const step = { ...exchange(entry, 'Refresh'), carries: [entry.sends].filter(Boolean), ...reasonFor(entry) };
  if (!entry.lost && entry.status === 200 && !entry.gives)
    return { ...step, outcome: 'no tokens', tone: 'wait' };
  return step;
}

function reasonFor({ status, lost, gives, grace, error, fault }) {
  if (status === null) return {};
  if (lost === 'answer') {
    const successor = gives?.find(({ name }) => name.startsWith('R'))?.name;
    const gone = successor ? ` ${successor} went to nobody.` : '';
    return { why: `The answer is lost.${gone} The same token goes out again.`, rule: 5 };
  }
  if (lost) return { why: 'Has the server seen it? Nobody knows. The same token goes out again.', rule: 5 };
  if (gives) {
    if (grace) return { why: 'Within its grace period the server takes the token once more.', rule: 5 };
    const isNew = gives.some(({ name }) => name.startsWith('R'));
    return isNew
      ? { why: 'The new tokens are kept before any call goes on.', rule: 3 }
      : { why: 'No new refresh token came, so the old one stays.', rule: 3 };
  }
  if (error === 'use_dpop_nonce') return { why: 'The proof needs the server’s nonce; it goes out again.' };
  if (error === 'invalid_dpop_proof') {
    return {
      why: 'A proof that it has seen before: browsers repeat a request that died. The token is kept.',
    };
  }
  if (error === 'invalid_grant') return { why: 'The server’s own word: the session is over.', rule: 4 };
  if (fault === 'portal') return { why: 'That was not the server. The token is kept.', rule: 4 };
  if (status === 400 || status === 401) {
    return { why: 'Refused without a reason that counts: once more, after a pause.', rule: 4 };
  }
  return { why: 'The token is kept, and the next try waits.', rule: 4 };
}

function signIn(entry) {
  return { ...exchange(entry, 'Code for tokens'), carriesCode: true };
}

function call(entry) {
  const { method, path, carries, status, error } = entry;
  const step = {
    ...exchange(entry, `${method} ${path}`),
    to: 'api',
    carries: [carries].filter(Boolean),
    viaPage: true,
  };
  delete step.brings;
  if (path === '/step-up' && status === 401 && carries) {
    return {
      ...step,
      tone: 'wait',
      why: 'The API wants a newer sign-in. No refresh can help; the page is told.',
    };
  }
  if (status === 401 && error === 'use_dpop_nonce') {
    return { ...step, tone: 'wait', why: 'The proof needs the API’s nonce; the call goes out again.' };
  }
  if (status === 401)
    return {
      ...step,
      tone: 'wait',
      why: 'The token is refused: it is renewed, or there is a newer one.',
      rule: 7,
    };
  return step;
}

/** A request of the vault's to the server, and its answer. */
function exchange({ status, lost, gives, error }, title) {
  return {
    from: 'vault',
    to: 'server',
    title,
    isExchange: true,
    brings: gives ?? [],
    lost,
    isPending: status === null,
    outcome: outcomeOf(status, lost, error),
    tone: toneOf(status, lost),
  };
}

function navigation({ status }, title) {
  return {
    from: 'page',
    to: 'server',
    isExchange: true,
    title,
    isPending: status === null,
    outcome: '',
    tone: 'plain',
  };
}

function outcomeOf(status, lost, error) {
  if (status === null) return '';
  if (lost) return `${lost} lost`;
  if (status === 0) return 'given up';
  return error ? `${status} ${error}` : String(status);
}

function toneOf(status, lost) {
  if (status === null) return 'plain';
  if (lost || status === 0 || status === 429 || status >= 500) return 'wait';
  return status >= 400 ? 'bad' : 'good';
}
