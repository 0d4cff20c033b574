/** The names of what the vault's entries hold in numbers. In no file that every visitor loads. */
import type { LogEntry, LogLevel } from './diagnosis.js';
import type { VaultEntry } from './protocol.js';

/**
 * By number: level, name, and its facts in their order; then the sentence. `$`: a word of the entry's text; `?`: true or
 * false. src/core/log.rs has those below 48, journal.ts the others and two of the first sixteen.
 */
const EVENTS: Record<number, [facts: string, message: string]> = {
  0: ['debug server_request $endpoint request escrow? dpop?', 'A request to the authorization server'],
  1: ['debug server_answer $endpoint request status', 'The authorization server has answered'],
  2: ['debug call_waiting call target', 'A call waits for an access token'],
  3: ['debug call_sent $method $origin call token dpop?', 'A call goes out'],
  4: ['debug call_answered call status', 'The API has answered'],
  5: ['debug call_repeated call newerToken?', 'The call goes out again, with another token'],
  6: ['debug proof_refused $error $origin', 'A DPoP proof was refused; the request goes out again'],
  7: ['debug epoch_changed epoch', 'One session is over'],
  8: ['debug escrow_deposit $outcome', 'The session was deposited in the escrow'],
  9: ['debug escrow_carry $outcome', 'The escrow has carried a refresh'],
  16: ['info server_answer $endpoint request status', 'The authorization server has not done it'],
  17: ['info session_adopted refreshUnderWay?', 'The session goes on here, from the escrow'],
  18: ['warn session_moved', 'Another vault has the session'],
  19: ['info sign_in_started silent? dpop?', 'A sign-in begins'],
  20: ['info callback_received $oauthError', 'The browser is back from the server'],
  21: ['info signed_in expiresInSeconds refreshToken? dpop?', 'Somebody is signed in'],
  22: ['info silent_sign_in_ended', 'Nobody is signed in at the server'],
  23: ['info refresh_started $reason target', 'A refresh goes out'],
  24: ['info refresh_ended target rotated? expiresInSeconds', 'A new access token is there'],
  25: ['warn refresh_retried $code waitMilliseconds', 'The refresh failed, and is tried again'],
  26: ['warn refresh_failed pauseMilliseconds', 'The refresh failed; those who wait are told'],
  27: ['info refresh_discarded', "The refresh's answer came after its session's end"],
  28: ['info signed_out local?', 'Somebody has signed out here'],
  29: ['info signed_out', 'Somebody has signed out elsewhere'],
  30: ['warn session_expired $reason $phase $oauthError status', 'The session ended by itself'],
  31: ['info step_up', 'An API asks for a newer or stronger sign-in'],
  32: ['warn failed $code $phase $oauthError status', 'Something failed for now'],
  33: ['error failed $code $phase $oauthError status', 'Something failed'],
  34: ['debug state', "The vault's state"],
  35: ['debug token target expiresInSeconds', 'An access token is there'],
  48: ['info vault_started $version $host escrow?', 'The vault begins'],
  49: ['info page_joined pages found?', 'A page has come to the vault'],
  50: ['info page_left pages', 'A page has left'],
  51: ['error vault_crashed crashes', 'The vault has crashed'],
  52: ['warn vault_restarted crashes', 'The vault was started anew'],
  53: ['info escrow_claim $outcome', 'The escrow was asked for a session'],
  54: ['info escrow_resume $outcome', 'The escrow was asked whose the session is, after a sleep'],
  60: ['debug calls', 'A call of auth.fetch, counted only'],
  55: ['info escrow_forget $outcome', 'The escrow was told that the session is over'],
};

/** Why there is no answer, in the order of `HttpFailure` in src/core/input.rs. */
const FAILURES: Record<number, string> = { [-1]: 'network_error', [-2]: 'timeout', [-3]: 'dpop_unsupported' };

/** The name of an event, and its level. */
export function nameOf(number: number): [level: LogLevel, event: string] {
  const [level, event] = (EVENTS[number]?.[0] ?? 'debug unknown').split(' ');
  return [level as LogLevel, event!];
}

/** The numbers of the events of these levels. */
export function numbersOf(levels: LogLevel[]): number[] {
  return Object.keys(EVENTS)
    .map(Number)
    .filter((number) => levels.includes(nameOf(number)[0]));
}

/** An entry of the vault's in words. */
export function readEntry([time, number, text, ...numbers]: VaultEntry): LogEntry {
  const [level, event] = nameOf(number);
  const [facts, message] = EVENTS[number] ?? ['', ''];
  const entry: LogEntry = { time, level, event, message: `${message}.`, from: 'vault' };
  const words = text.split(' ');
  for (const fact of facts.split(' ').slice(2)) {
    if (fact.startsWith('$')) {
      const word = words.shift();
      if (word) entry[fact.slice(1)] = word;
    } else {
      const value = numbers.shift()!;
      if (fact.endsWith('?')) entry[fact.slice(0, -1)] = value > 0;
      else entry[fact] = value < 0 ? null : value;
      if (fact === 'status' && event === 'server_answer' && value < 0) entry['failure'] = FAILURES[value]!;
    }
  }
  return entry;
}
