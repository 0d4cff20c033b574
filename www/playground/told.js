/** What the page and its vault tell of themselves, as steps of the timeline. What the servers saw better is left out. */

const reasons = {
  no_token: 'there is no access token yet',
  expired: 'the access token has run out',
  refused: 'an API refused the access token',
  collected: 'an earlier vault had begun it',
};
const endings = {
  refused: 'the server refused to renew it',
  no_refresh_token: 'there is nothing to renew it with',
  lost_refresh: 'a renewal was lost',
  key_lost: 'the key is lost',
};
const pageEvents = {
  signedin: 'The page hears: signed in',
  refreshed: 'The page hears: renewed',
  signedout: 'The page hears: signed out',
  sessionexpired: 'The page hears: the session is over',
  stepup: 'The page hears: a newer sign-in is wanted',
  error: 'The page hears of an error',
};
const hosts = { shared: 'a SharedWorker', dedicated: 'a worker of this tab’s own' };

const note = (from, title, more = {}) => ({ from, title, tone: 'plain', ...more });

const steps = {
  page_started: ({ host }) =>
    note('page', 'A page opens', host ? { why: `Its vault is ${hosts[host] ?? host}.` } : {}),
  page_joined: ({ found, pages }) =>
    found &&
    note('page', 'Finds a living vault', {
      to: 'vault',
      tone: 'good',
      why: pages > 1 ? `${pages} pages share it, and one session.` : 'It outlived the page before.',
    }),
  page_left: ({ pages }) => note('page', 'A page is gone', { why: `${pages} left.` }),
  page_event: ({ name, code }) =>
    pageEvents[name] &&
    note('vault', pageEvents[name], {
      to: 'page',
      tone: { error: 'wait', sessionexpired: 'bad', stepup: 'wait' }[name] ?? 'plain',
      outcome: code,
      why: name === 'refreshed' || name === 'signedin' ? 'Who, and for how long. Never a token.' : undefined,
    }),
  page_call_failed: ({ call, code, exception }) =>
    note('page', `A call fails: ${call}`, { tone: 'bad', outcome: code ?? exception }),
  vault_started: ({ host }) => note('vault', 'A vault starts', { why: host && `In ${hosts[host] ?? host}.` }),
  vault_crashed: () => note('vault', 'The vault crashed', { tone: 'bad' }),
  vault_restarted: () => note('vault', 'The vault starts anew', { tone: 'wait' }),
  worker_restarted: () => note('vault', 'The browser started the worker anew', { tone: 'wait' }),
  escrow_claim: ({ outcome }) =>
    note('vault', 'Asks the escrow for a session', {
      to: 'escrow',
      outcome: { state: 'there is one', nothing: 'nothing', absent: 'no escrow' }[outcome] ?? outcome,
      tone: outcome === 'state' ? 'good' : 'plain',
    }),
  session_adopted: ({ refreshUnderWay }) =>
    note('escrow', 'The session is handed over', {
      to: 'vault',
      tone: 'good',
      handsOver: true,
      why: refreshUnderWay
        ? 'With the answer of a refresh that was under way.'
        : 'From memory to memory; the server is not asked.',
    }),
  escrow_deposit: ({ outcome }) =>
    outcome !== 'absent' &&
    note('vault', 'Deposits the session', {
      to: 'escrow',
      isDeposit: true,
      outcome: outcome === 'kept' || outcome === 'new' ? undefined : outcome,
      tone: outcome === 'lost' || outcome === 'forgotten' ? 'wait' : 'plain',
      why: 'A copy in memory, for the next page.',
    }),
  session_moved: () => note('vault', 'Another vault has the session', { tone: 'wait' }),
  refresh_started: ({ reason }) =>
    reason !== 'again' &&
    note('vault', 'Needs a new access token', {
      why: reasons[reason] && `Because ${reasons[reason]}.`,
      rule: 2,
    }),
  refresh_retried: ({ waitMilliseconds, code }) =>
    note(
      'vault',
      waitMilliseconds ? `Waits ${seconds(waitMilliseconds)} before it tries again` : 'Tries again at once',
      {
        tone: 'wait',
        outcome: code,
        isBackoff: true,
        rule: code === 'network_error' || code === 'timeout' ? 5 : 4,
      },
    ),
  refresh_failed: ({ pauseMilliseconds, code }) =>
    note('vault', 'Gives up for now', {
      tone: 'wait',
      outcome: code,
      why: pauseMilliseconds ? `No new try for ${seconds(pauseMilliseconds)}. The token is kept.` : undefined,
      rule: 4,
    }),
  refresh_discarded: () => note('vault', 'Throws a late answer away', { rule: 6 }),
  call_repeated: ({ newerToken }) =>
    note('vault', 'Repeats a call', {
      why: newerToken ? 'There was a newer token already.' : 'With another token or proof.',
      rule: newerToken ? 7 : undefined,
    }),
  signed_out: () => note('vault', 'Forgets the session', { tone: 'plain' }),
  session_expired: ({ reason }) =>
    note('vault', 'The session is over', {
      tone: 'bad',
      why: endings[reason] && `Because ${endings[reason]}.`,
    }),
};

/** @returns {import('./words.js').Step | undefined} */
export function toldWords(entry) {
  return (Object.hasOwn(steps, entry.event) && steps[entry.event](entry)) || undefined;
}

function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)}\u00a0s`;
}
