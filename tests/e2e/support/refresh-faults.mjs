/**
 * The rows of the table of faults, and what the fault proxy has to do for each name in it.
 */
import { faultRows } from '../../../tools/lib/fault-rows.mjs';
import { root } from '../../../tools/lib/paths.mjs';

/** The rows that browsers can show: nobody can set their clocks or make them wait for an hour. */
export const rows = faultRows(root).filter(({ shown }) => shown.includes('browsers'));

const json = { 'content-type': 'application/json' };
const refusal = (status, error) => ({
  answer: { status, headers: json, body: JSON.stringify({ error, error_description: 'for a reason' }) },
});

const faults = {
  lost: { lose: 'request' },
  'answer lost': { lose: 'answer' },
  'answer cut in half': { lose: 'half' },
  'no answer': { lose: 'request in silence' },
  'answer too late': { lose: 'answer in silence' },
  '200 HTML': {
    answer: {
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<!doctype html><title>Sign in to the Wi-Fi</title>',
    },
  },
  '200 array': { answer: { status: 200, headers: json, body: '[]' } },
  '200 null': { answer: { status: 200, headers: json, body: 'null' } },
  '200 without refresh_token': { change: ({ refresh_token: _, ...rest }) => rest },
  '200 without expires_in': { change: ({ expires_in: _, ...rest }) => rest },
  '400 empty': { answer: { status: 400 } },
  '400 interaction_required': refusal(400, 'interaction_required'),
  '403 invalid_grant': refusal(403, 'invalid_grant'),
};

/** The proxy's fault of this name. */
export function faultOf(name) {
  if (faults[name]) return { name, ...faults[name] };
  const [, status, seconds] = /^(\d{3})(?:, Retry-After: (\d+))?$/.exec(name) ?? [];
  if (!status) throw new Error(`'${name}' is no fault`);
  return { name, answer: { status: Number(status), headers: seconds && { 'retry-after': seconds } } };
}

/** A token that is over, by the app's count, a second after it was asked for. */
export const shortLived = { name: 'short', change: (body) => ({ ...body, expires_in: 1 }) };

/** The proxy's requests in the words of the table: which token was sent, and what came of it. */
export function describeRequests(requests) {
  const replaced = new Set();
  return requests.map(({ form, fault, status, body }) => {
    const token = form.get('refresh_token');
    const age = replaced.has(token) ? 'rotated' : 'current';
    const answer = parse(body);
    if (status === 200 && answer?.refresh_token && answer.refresh_token !== token) replaced.add(token);
    return `${age}: ${fault ?? [status, answer?.error].filter(Boolean).join(' ')}`;
  });
}

function parse(body) {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
