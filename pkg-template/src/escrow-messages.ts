/** What vault and escrow say to each other. */

/**
 * Where the vault's requests to the escrow are addressed. Names under `.invalid` never exist (RFC 6761 section 6.4), and
 * no public authority certifies one. An address of the app's own server would not do, since WebKit sends even
 * `only-if-cached` requests out.
 */
export const ESCROW_ADDRESS = 'https://escrow.invalid/';

/**
 * Makes the request one that the browser asks the server about beforehand (Fetch Standard, CORS-preflight). A service
 * worker is there before that. Where none takes the request, a look-up of the name may leave the device, and behind a
 * proxy that answers for every name a question without a body: nothing of the session.
 */
export const ESCROW_HEADERS = { 'content-type': 'application/json' };

/** On BroadcastChannel 'holdfast', for every vault to hear. Says nothing that would need trust. */
export type Notice =
  /** A vault has taken a session over: each makes sure that it still has its own. */
  | { type: 'taken' }
  /** An escrow knows nothing, of anything or of some session, or somebody has signed out: each deposits again. */
  | { type: 'deposit' };

/** By what a vault is known. */
export interface Claim {
  /** The digest of everything that decides who may receive a session's tokens. */
  fingerprint: string;
  /** Of the vault's code. A shared vault of another version may take the session over. */
  version: string;
}

/** A session in which somebody is signed in. */
export interface Deposit extends Claim {
  /** Names the session. */
  ticket: string;
  /** Counts the vault's messages: of two deposits the one with the greater number is the newer. */
  number: number;
  /** Everything that another vault needs to go on with it. The escrow does not look inside. */
  state: string;
  /** Names the token request that is under way; the answer to any other is not needed any more. */
  id: string | null;
}

/** From the vault. */
export type EscrowMessage =
  /** Is anybody there? */
  | { type: 'hello' }
  /** What did an earlier vault leave? `onlyOwnerless`: nothing that a vault has which lives. */
  | ({ type: 'claim'; onlyOwnerless: boolean } & Claim)
  /** Is anything known of this session? */
  | { type: 'knows'; ticket: string }
  /** Keep this in place of what was there. */
  | ({ type: 'park' } & Deposit)
  /** The session is over. `sweep`: somebody has signed out, so those that no other living vault has are over, too. */
  | ({ type: 'forget'; ticket: string | null; sweep: boolean } & Claim)
  /** Keep this, send the token request, and keep the answer until a vault has it. */
  | ({ type: 'carry' } & Deposit & TokenRequest);

/** A request to the token endpoint. */
export interface TokenRequest {
  /** The same name means the same request, which is sent once. */
  id: string;
  url: string;
  headers: Record<string, string>;
  form: string;
  /** In milliseconds. */
  timeout: number;
}

/** To the vault. */
export type EscrowAnswer =
  /** Nothing for this vault, or for whoever asked. */
  | { type: 'nothing' }
  /** Done, and the session is this vault's, as before. */
  | { type: 'kept' }
  /** Done; the escrow did not know of this session, or does not any longer. */
  | { type: 'new' }
  /** What an earlier vault left. The session is this vault's now. */
  | { type: 'state'; state: string }
  /** Another vault, which lives, has the session. */
  | { type: 'lost' }
  /** Somebody has signed out of the session, or it lay too long without a vault. */
  | { type: 'forgotten' }
  | Carried;

/** What became of a token request. */
export type Carried =
  | { type: 'response'; status: number; body: string; headers: [name: string, value: string][] }
  | { type: 'failure'; isTimeout: boolean };
