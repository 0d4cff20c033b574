/** The vault's way to the escrow. */
import type { EscrowWords } from 'holdfast-vault';
import { LONGEST, readHeaders } from './server-request.js';
import { ESCROW_ADDRESS, ESCROW_HEADERS, type EscrowAnswer, type Notice } from './escrow-messages.js';

/** How long the escrow may take for what needs no network, in milliseconds. */
const PATIENCE = 2000;

/** How long other vaults may take to answer a notice by a deposit, in milliseconds. */
const ECHO = 300;

/**
 * Makes the function with which the module talks to the escrow. It resolves to `undefined` where there is none.
 * `onNotice` is called when another vault, or an escrow that has just begun, has something to say to all vaults.
 */
export function linkEscrow(version: string, onNotice: () => void) {
  const channel = new BroadcastChannel('holdfast');
  channel.onmessage = onNotice;
  /** Whether the last question was answered. A session is sent to nobody who has not shown to be the escrow. */
  let isThere = false;
  let count = 0;

  const ask = async (message: object, patience = PATIENCE): Promise<EscrowAnswer | undefined> => {
    try {
      const response = await fetch(ESCROW_ADDRESS, {
        method: 'POST',
        headers: ESCROW_HEADERS,
        body: JSON.stringify({ ...message, version }),
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        cache: 'no-store',
        signal: AbortSignal.timeout(patience),
      });
      isThere = response.ok;
      return isThere ? ((await response.json()) as EscrowAnswer) : undefined;
    } catch {
      isThere = false;
      return undefined;
    }
  };

  return async (fingerprint: string, words: EscrowWords): Promise<unknown[] | undefined> => {
    // `content` is the session, or what is asked for beside the type.
    const [type, ticket, content, id, url, form, timeout, proof] = words;
    // The session is of this moment, however long the way to the escrow takes.
    const number = ++count;
    isThere ||= (await ask({ type: 'hello' }))?.type === 'kept';
    if (!isThere) return undefined;
    if (type === 'resume' && (await ask({ type: 'knows', ticket }))?.type === 'nothing') {
      // An escrow that was stopped has forgotten whose the session is. A vault that lives and has it says so now.
      channel.postMessage({ type: 'deposit' } satisfies Notice);
      await new Promise((resolve) => setTimeout(resolve, ECHO));
    }
    const message = {
      type: type === 'resume' ? 'park' : type,
      fingerprint,
      ticket,
      [type === 'claim' ? 'onlyOwnerless' : type === 'forget' ? 'sweep' : 'state']: content,
      number,
      id,
      url,
      form,
      timeout,
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        ...(proof && { dpop: proof }),
      },
    };
    const answer = await ask(message, PATIENCE + (timeout ?? 0));
    // The request may have gone out, whatever became of the answer.
    if (!answer) return type === 'carry' ? ['failure'] : undefined;
    if (answer.type === 'state' && type === 'claim') channel.postMessage({ type: 'taken' } satisfies Notice);
    // A vault elsewhere whose session has ended by this hears of it.
    if (type === 'forget' && content) channel.postMessage({ type: 'deposit' } satisfies Notice);
    return pack(answer);
  };
}

/** An answer as the module reads it. */
export function pack(answer: EscrowAnswer): unknown[] {
  switch (answer.type) {
    case 'state':
      return [answer.type, answer.state];
    case 'response': {
      // The escrow reads an answer of any length. Here it counts as empty, as one does that this vault has read itself.
      const body = answer.body.length > LONGEST ? '' : answer.body;
      return [answer.type, body, answer.status, ...readHeaders(new Headers(answer.headers))];
    }
    case 'failure':
      return [answer.isTimeout ? 'timeout' : 'failure'];
    default:
      return [answer.type];
  }
}
