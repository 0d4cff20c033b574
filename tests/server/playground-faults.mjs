/**
 * What can go wrong in the playground, as data. `lasts`: 'once' is for the next refresh; 'while' lasts until it is switched off;
 * 'now' happens once, at the press of the button. `makes` gives a fault in the form of faults.mjs.
 */
const PORTAL =
  '<!doctype html><title>Welcome</title><h1>Welcome to the hotel</h1><p>Please accept our terms.</p>';
const refresh = { grantType: 'refresh_token' };
const seconds = (number) => () => new Promise((resolve) => setTimeout(resolve, number * 1000).unref());

export const faults = [
  {
    id: 'lose-answer',
    name: 'Lost answer',
    summary: 'The next refresh is done at the server, and its answer never arrives.',
    lasts: 'once',
    makes: () => ({ ...refresh, destroy: 'after' }),
  },
  {
    id: 'lose-request',
    name: 'Lost request',
    summary: 'The next refresh never reaches the server.',
    lasts: 'once',
    makes: () => ({ ...refresh, destroy: 'before' }),
  },
  {
    id: 'slow',
    name: 'Late answer',
    summary: 'The next refresh is answered after 3 s.',
    lasts: 'once',
    makes: () => ({ ...refresh, waitAfter: seconds(3) }),
  },
  {
    id: 'busy',
    name: '429',
    summary: 'The next refresh is one too many; Retry-After: 2.',
    lasts: 'once',
    makes: () => ({
      ...refresh,
      status: 429,
      body: { error: 'slow_down' },
      headers: { 'retry-after': '2' },
    }),
  },
  {
    id: 'offline',
    name: 'Offline',
    summary: 'No request for a token gets through, until you press it again.',
    lasts: 'while',
    makes: () => ({ destroy: 'before', times: Infinity }),
  },
  {
    id: 'unavailable',
    name: '503',
    summary: 'The server is down, until you press it again.',
    lasts: 'while',
    makes: () => ({ status: 503, body: { error: 'temporarily_unavailable' }, times: Infinity }),
  },
  {
    id: 'portal',
    name: 'Portal',
    summary: 'HTML of a hotel’s network in the server’s place, until you press it again.',
    lasts: 'while',
    makes: () => ({
      status: 200,
      body: PORTAL,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      times: Infinity,
    }),
  },
  {
    id: 'clock',
    name: 'Fast clock',
    summary: 'The API’s clock is fast: it refuses access tokens before their time.',
    lasts: 'while',
    changes: { clock: true },
  },
  {
    id: 'revoke',
    name: 'Session revoked',
    summary: 'An administrator revokes everything, now.',
    lasts: 'now',
    changes: { sessions: true },
  },
];
