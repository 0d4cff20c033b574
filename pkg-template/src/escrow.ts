/**
 * The escrow: a service worker that keeps the vault's session in memory while no vault lives, and carries the token
 * request, so that a reload loses neither. Its scope is the folder in which it stands; no page of the app is in there.
 *
 * Whoever asks must be a worker started from exactly the vault's own script. A session is given to a vault of the same
 * fingerprint, and to one at a time. Nothing is stored, and nothing is decided here.
 */
import {
  type Carried,
  type Claim,
  type Deposit,
  ESCROW_ADDRESS,
  type EscrowAnswer,
  type EscrowMessage,
  type Notice,
  type TokenRequest,
} from './escrow-messages.js';
import { sendTokenRequest } from './token-request.js';

declare const self: ServiceWorkerGlobalScope;

/** A session, and whose it is. */
interface Entry {
  fingerprint: string;
  /** The client id of the vault that has it. */
  owner: string;
  isShared: boolean;
  /** The owner's. */
  version: string;
  /** Of the owner's newest deposit. */
  number: number;
  /** When somebody deposited last, in milliseconds since 1970. */
  depositedAt: number;
  /** `undefined` where it lay too long without an owner. */
  state: string | undefined;
  /** Somebody has signed out since the owner last showed that it is awake. */
  isDoubtful?: boolean;
  /** The browser has said nothing of the owner. */
  isFrozen?: boolean;
  carried?: { id: string; answer: Promise<Carried> } | undefined;
}

/** After how many milliseconds a vault that still lives has asked for its session. */
const SETTLED = 1000;
/** For how many milliseconds a vault that was ended may still look alive. */
const DYING = 200;
/**
 * For how many milliseconds a look at a client is waited for. Firefox answers none at a worker that is frozen in the
 * back/forward cache; all others are answered at once, but for a machine that is very busy.
 */
const LOOK = 1000;
/**
 * For how many milliseconds a session is kept that no vault has. A visible vault's last deposit is 15 seconds old at
 * most. A hidden one's may be older, but it deposits as soon as it is shown, before a person can reload it.
 */
const KEPT_FOR = 60_000;
/** By ticket; the newest deposit comes last. */
const entries = new Map<string, Entry>();
/** Tickets of the sessions that are over. */
const forgotten = new Set<string>();
const vaultScript = new URL('worker.js', self.location.href).href;

self.addEventListener('install', (event) => event.waitUntil(replace()));
self.addEventListener('activate', (event) => event.waitUntil(begin()));
self.addEventListener('fetch', (event) => {
  if (event.request.url === ESCROW_ADDRESS) event.respondWith(respond(event));
});

/**
 * Takes the place of an older escrow once a vault has lived for a while: that one has its session, and deposits it here.
 * In the middle of a reload it would be lost with the older one's memory.
 */
async function replace(): Promise<void> {
  let before: string[] = [];
  // Without a vault for so long, the older one has forgotten everything.
  for (let seconds = 0; seconds < 30 && self.registration.active; seconds++) {
    const all = await self.clients.matchAll({ type: 'all', includeUncontrolled: true });
    const vaults = all.filter(isVault).map(({ id }) => id);
    if (vaults.some((id) => before.includes(id))) break;
    before = vaults;
    await after(SETTLED);
  }
  await self.skipWaiting();
}

/** An escrow that takes the place of an older one has nothing of what that one kept. */
async function begin(): Promise<void> {
  await self.clients.claim();
  new BroadcastChannel('holdfast').postMessage({ type: 'deposit' } satisfies Notice);
}

async function respond(event: FetchEvent): Promise<Response> {
  const client = await self.clients.get(event.clientId);
  if (!client || !isVault(client)) return Response.json({ type: 'nothing' }, { status: 403 });
  await dropOld();
  const result = answer(client, await event.request.json());
  // A reload ends the vault that asked; the answer is for the next one then.
  event.waitUntil(result);
  return Response.json(await result);
}

/** A page can't become such a client, nor a worker made from a blob or any other script. */
function isVault({ type, url }: Client): boolean {
  return (type === 'worker' || type === 'sharedworker') && url === vaultScript;
}

/** Whether the vault that has a session is there. One that is frozen in the back/forward cache is. */
async function hasOwner(entry: Entry): Promise<boolean> {
  const owner = await Promise.race([self.clients.get(entry.owner), after(LOOK)]);
  entry.isFrozen = owner === LOOK;
  return owner !== undefined;
}

function after(milliseconds: number): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, milliseconds));
}

function isShared({ type }: Client): boolean {
  return type === 'sharedworker';
}

async function answer(vault: Client, message: EscrowMessage): Promise<EscrowAnswer> {
  switch (message.type) {
    case 'hello':
      return { type: 'kept' };
    case 'claim':
      return claim(vault, message);
    case 'park':
      return park(vault, message);
    case 'knows':
      return { type: entries.has(message.ticket) || forgotten.has(message.ticket) ? 'kept' : 'nothing' };
    case 'forget':
      return forget(vault, message);
    case 'carry':
      return carry(vault, message);
    default:
      return { type: 'nothing' };
  }
}

/**
 * Asks a second time where a session's owner is of the same kind and seems to live: the browser may not have noticed yet
 * that it was ended. In a dedicated worker, a new tab beside open ones waits in vain for that moment.
 */
async function claim(vault: Client, message: Claim & { onlyOwnerless: boolean }): Promise<EscrowAnswer> {
  const first = await search(vault, message);
  if (first) return first;
  const { fingerprint } = message;
  const mayBeDying = (entry: Entry) =>
    entry.fingerprint === fingerprint &&
    entry.isShared === isShared(vault) &&
    entry.state !== undefined &&
    !entry.isFrozen;
  if (![...entries.values()].some(mayBeDying)) return { type: 'nothing' };
  await after(DYING);
  return (await search(vault, message)) ?? { type: 'nothing' };
}

async function search(
  vault: Client,
  { fingerprint, version, onlyOwnerless }: Claim & { onlyOwnerless: boolean },
): Promise<EscrowAnswer | undefined> {
  for (const [ticket, entry] of [...entries].reverse()) {
    if (entry.fingerprint !== fingerprint || entry.state === undefined) continue;
    // After a deploy the shared vault of the old version lives on in old tabs; the one that asks is the new version, or
    // the old one after a step back. A vault that has slept is no reason to take the session from anybody.
    const isSuccessor = !onlyOwnerless && entry.isShared && isShared(vault) && entry.version !== version;
    const answer = await take(vault, version, ticket, isSuccessor);
    if (answer) return answer;
  }
  return undefined;
}

async function park(
  vault: Client,
  { fingerprint, version, ticket, state, id, number }: Deposit,
): Promise<EscrowAnswer> {
  if (forgotten.has(ticket)) return { type: 'forgotten' };
  const known = entries.get(ticket);
  if (known && known.fingerprint !== fingerprint) return { type: 'lost' };
  // Another vault took the session over, and knows what has become of it.
  if (known && known.owner !== vault.id) return (await take(vault, version, ticket)) ?? { type: 'lost' };
  // Each message is read at its own pace.
  if (known && number < known.number) return { type: 'kept' };
  // The same object, since a claim may be looking at it.
  const entry: Entry = Object.assign(known ?? ({} as Entry), {
    fingerprint,
    owner: vault.id,
    isShared: isShared(vault),
    version,
    number,
    depositedAt: Date.now(),
    state,
    isDoubtful: false,
    carried: known?.carried?.id === id ? known?.carried : undefined,
  });
  // Moves to the end.
  entries.delete(ticket);
  entries.set(ticket, entry);
  return { type: known ? 'kept' : 'new' };
}

/** Makes the session the vault's, if nobody has it any longer. */
async function take(
  vault: Client,
  version: string,
  ticket: string,
  isSuccessor = false,
): Promise<EscrowAnswer | undefined> {
  const entry = entries.get(ticket);
  const owner = entry?.owner;
  if (!entry || !owner) return undefined;
  const isFree = owner === vault.id || (!entry.isDoubtful && (isSuccessor || !(await hasOwner(entry))));
  // While the browser looked, another vault may have been quicker, or the session has ended. Nothing is awaited from
  // here on: of two that ask at once, one finds the other's name.
  if (!isFree || entry.owner !== owner || entries.get(ticket) !== entry) return undefined;
  // Who comes back to this has an older copy, and must not go on with it.
  if (entry.state === undefined) return { type: 'forgotten' };
  entry.owner = vault.id;
  entry.isShared = isShared(vault);
  entry.version = version;
  entry.number = 0;
  return { type: 'state', state: entry.state };
}

/**
 * Forgets what is in a session that no vault has. That there was one stays known: its last owner may come back, from the
 * back/forward cache of WebKit for example, and has everything that it needs; one before that has not.
 */
async function dropOld(): Promise<void> {
  for (const entry of entries.values()) {
    const { owner, depositedAt } = entry;
    // The clock may have been set back.
    if (entry.state === undefined || Math.abs(Date.now() - depositedAt) <= KEPT_FOR) continue;
    if (await hasOwner(entry)) continue;
    if (entry.owner === owner && entry.depositedAt === depositedAt) entry.state = entry.carried = undefined;
  }
}

/**
 * Ends a session. At a sign-out also those of vaults that are gone, and all that the vault has which asks: it goes away
 * with its page, and nobody shall be signed in again who has just signed out. A vault that seems to live may be frozen in
 * the back/forward cache, and gone at the next moment: until it deposits, its session is for no other.
 */
async function forget(
  vault: Client,
  { fingerprint, ticket, sweep }: Extract<EscrowMessage, { type: 'forget' }>,
): Promise<EscrowAnswer> {
  const end = (ticket: string) => {
    forgotten.add(ticket);
    entries.delete(ticket);
  };
  if (ticket !== null) end(ticket);
  for (const [other, entry] of sweep ? [...entries] : []) {
    const { owner } = entry;
    if (entry.fingerprint !== fingerprint) continue;
    const isOthers = owner !== vault.id && (await hasOwner(entry));
    if (entry.owner !== owner) continue;
    if (isOthers) entry.isDoubtful = true;
    else end(other);
  }
  return { type: 'kept' };
}

async function carry(vault: Client, message: Deposit & TokenRequest): Promise<EscrowAnswer> {
  const parked = await park(vault, message);
  const entry = entries.get(message.ticket);
  if ((parked.type !== 'kept' && parked.type !== 'new') || !entry) return parked;
  entry.carried ??= { id: message.id, answer: sendTokenRequest(message) };
  // The vault has gone on to another request meanwhile.
  if (entry.carried.id !== message.id) return { type: 'failure', isTimeout: false };
  return entry.carried.answer;
}
