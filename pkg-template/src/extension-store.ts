/**
 * The vault's way to `storage.session`, in an extension: it takes the place of the escrow. The browser keeps it in memory,
 * over the ends of the background, and forgets it when it is closed or the extension is updated.
 */
import type { EscrowWords } from 'holdfast-vault';
import type { EscrowAnswer } from './escrow-messages.js';
import { pack } from './escrow-link.js';
import { extensionApi } from './extension-api.js';
import { sendTokenRequest } from './token-request.js';
import type { EscrowLink } from './vault.js';

const KEY = 'holdfast.session';

/** What is kept: one session, and perhaps the answer to its token request that no vault has taken yet. */
interface Entry {
  fingerprint: string;
  ticket: string;
  state: string;
  carried?: { id: string; answer: EscrowAnswer };
}

/** Makes the function with which the module talks to it. It resolves to `undefined` where there is no such storage. */
export function linkStore(): EscrowLink | undefined {
  const area = extensionApi()?.storage?.session;
  if (!area) return undefined;
  // Content scripts must not read it. Where that can't be had, nothing is kept. Firefox never lets them.
  const closed = Promise.resolve(area.setAccessLevel?.({ accessLevel: 'TRUSTED_CONTEXTS' }));
  closed.catch(() => {});
  /** Sessions that are over. */
  const forgotten = new Set<string>();

  const read = async () => (await area.get(KEY))[KEY] as Entry | undefined;

  const write = (entry: Entry) => area.set({ [KEY]: entry });

  /** One after the other: the last word is the newest. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(action: () => Promise<T>): Promise<T> => {
    const result = turn.then(() => closed).then(action);
    turn = result.catch(() => {});
    return result;
  };

  const park = async (fingerprint: string, ticket: string, state: string, id: string | null | undefined) => {
    if (forgotten.has(ticket)) return { type: 'forgotten' } as const;
    const known = await read();
    const isKnown = known?.ticket === ticket;
    const carried = isKnown && known.carried?.id === id ? known.carried : undefined;
    await write({ fingerprint, ticket, state, ...(carried && { carried }) });
    return { type: isKnown ? 'kept' : 'new', carried } as const;
  };

  const answer = async (fingerprint: string, words: EscrowWords): Promise<EscrowAnswer> => {
    const [type, ticket, content, id, url, form, timeout, proof] = words;
    switch (type) {
      case 'claim': {
        const entry = await inTurn(read);
        return entry?.fingerprint === fingerprint
          ? { type: 'state', state: entry.state }
          : { type: 'nothing' };
      }
      case 'forget': {
        if (ticket) forgotten.add(ticket);
        await inTurn(async () => {
          const entry = await read();
          // Of an earlier session nothing is here any longer, but at a sign-out all of them are over.
          if (content || entry?.ticket === ticket) await area.remove(KEY);
        });
        return { type: 'kept' };
      }
      case 'carry': {
        // Before the request goes out: a background that is stopped now is followed by one that knows what it asked for.
        const parked = await inTurn(() => park(fingerprint, ticket!, content as string, id));
        if (parked.type === 'forgotten') return parked;
        if (parked.carried) return parked.carried.answer;
        const headers = {
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
          ...(proof && { dpop: proof }),
        };
        const answer = await sendTokenRequest({
          id: id!,
          url: url!,
          headers,
          form: form!,
          timeout: timeout!,
        });
        // And the answer, before the vault has done anything with it.
        if (answer.type === 'response') {
          await inTurn(async () => {
            const entry = await read();
            if (entry?.ticket === ticket) await write({ ...entry!, carried: { id: id!, answer } });
          }).catch(() => {});
        }
        return answer;
      }
      default:
        return inTurn(() => park(fingerprint, ticket!, content as string, id));
    }
  };

  return async (fingerprint, words) => {
    try {
      return pack(await answer(fingerprint, words));
    } catch {
      return undefined;
    }
  };
}
