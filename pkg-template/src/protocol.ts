/**
 * The messages between page and vault. Types only, but for the version.
 *
 * The page sends intent: "sign in", "fetch this". No message holds a token, but for the answer to `accessToken` where
 * the app has asked for `exposeAccessToken`, and none from the page holds a URL, header or body for the authorization
 * server.
 */
import type { AuthErrorData } from './errors.js';

declare const __HOLDFAST_VERSION__: string;

/** Page and worker must be of one build: the package's version, and a digest of its sources. */
export const VERSION: string = __HOLDFAST_VERSION__;

/** Names a call of one page's. */
export type CallId = number;

/** From the page to the vault. */
export type ToVault =
  /**
   * `escrow`: whether the page has registered one; `visible`: whether the page is; `callback`: whether its URL looks like an
   * answer of the server's. Answered as `checkSession` is.
   */
  | {
      type: 'init';
      id: CallId;
      version: string;
      options: unknown;
      escrow: boolean;
      visible: boolean;
      callback?: boolean;
    }
  | { type: 'checkSession'; id: CallId; options: SilentOptions | null }
  /** The page goes into the back/forward cache: it is not visible, and says `resume` before anything else. */
  | { type: 'sleep' }
  /** The page comes back from the back/forward cache, and asks before it uses the vault again. */
  | { type: 'resume'; id: CallId }
  | { type: 'visible'; visible: boolean }
  | { type: 'pong' }
  /** `popup`: in a window of its own. Answered by a URL, and for a popup by a `PopupAnswer`. */
  | { type: 'signIn'; id: CallId; options: unknown; popup?: boolean }
  | { type: 'handleCallback'; id: CallId; url: string }
  | { type: 'fetch'; id: CallId; request: FlatRequest }
  /** Whether a call of `url` would get a token. */
  | { type: 'covers'; id: CallId; url: string }
  | { type: 'accessToken'; id: CallId; resource: string | undefined }
  /** What the server says of the person. Answered by claims. */
  | { type: 'userinfo'; id: CallId }
  /** Answered by `SessionFacts`, or by null. */
  | { type: 'session'; id: CallId; resource: string | undefined }
  | { type: 'signOut'; id: CallId; options: unknown }
  | { type: 'abort'; id: CallId }
  /** Which entries of the vault's log the page's app wants to hear. Before `init`, so that the beginning is heard, too. */
  | { type: 'listen'; events: number[] }
  /** What the vault knows of itself. Answered by a `VaultReport`. */
  | { type: 'diagnose'; id: CallId }
  | { type: 'close' };

/** From the vault to the page. */
export type ToPage =
  | { type: 'reply'; id: CallId; value: unknown }
  | { type: 'response'; id: CallId; response: FlatResponse }
  | { type: 'failure'; id: CallId; error: AuthErrorData }
  | { type: 'exception'; id: CallId; name: string; message: string; stack?: string | undefined }
  | { type: 'event'; event: VaultEvent }
  /** To pages that listen. */
  | { type: 'log'; entry: VaultEntry }
  /** The worker was started anew, by the browser, and waits for this page's `init`. */
  | { type: 'unknown' }
  /** Is there still somebody? `pages`: to how many the vault speaks. */
  | { type: 'ping'; pages: number }
  /** Nothing can be asked any longer. */
  | { type: 'crashed'; error: AuthErrorData };

/** A sign-in without any page of the server's, where nobody is signed in. */
export interface SilentOptions {
  redirect: { returnTo?: string; appState?: unknown; authorizationParams?: Record<string, unknown> };
  /** When this tab tried last, in milliseconds since 1970, as text. Whatever is no time was no attempt. */
  attemptedAt: string | null;
}

/** The answer to `init` and to `checkSession`. */
export interface SessionAnswer {
  identity: Identity | null;
  /** Where the page has to go for a sign-in without any page of the server's. */
  navigate: string | null;
}

/** The answer to `signIn` for a window of its own. */
export interface PopupAnswer {
  /** Where the window has to go. */
  navigate: string;
  /** What the server's answer will have for its `state`. */
  state: string;
}

/** What the page in a popup tells the one that opened it: the URL that it was sent to. */
export interface PopupCallback {
  url: string;
}

/** A `Request` in parts that can be cloned. */
export interface FlatRequest {
  /** As the browser serializes it. */
  url: string;
  /** The second argument of `fetch`, but for the signal. */
  init: RequestInit & { headers: [string, string][]; duplex?: 'half' };
  /** The entries of a `FormData` body, which most browsers can't clone as a whole. */
  form?: [string, FormDataEntryValue][];
}

/** A `Response` in parts that can be cloned. */
export interface FlatResponse extends Pick<
  Response,
  'url' | 'redirected' | 'type' | 'status' | 'statusText' | 'ok'
> {
  headers: [string, string][];
  /** All of it, or what it comes through. */
  body: Uint8Array<ArrayBuffer> | MessagePort | null;
}

/** From the page, over a body's port: one more chunk, or nothing more. */
export type BodyDemand = 'pull' | 'cancel';

/** To the page, over a body's port: a chunk; the end; or why it ends early. */
export type BodySupply = Uint8Array | null | string;

/** Who is signed in. Without OpenID Connect nobody knows. */
export interface Identity {
  /** The claims that describe the person. */
  user: Claims | null;
  /** All claims of the ID token. */
  claims: Claims | null;
}

/** Claims of an ID token (OpenID Connect Core sections 2 and 5.1). */
export interface Claims {
  /** The person's identifier, unique and stable at this issuer. */
  sub: string;
  /** The full name, as it is shown. */
  name?: string;
  /** The first name or names. */
  given_name?: string;
  /** The last name or names. */
  family_name?: string;
  /** A name to address the person by. It may change, and is no identifier. */
  preferred_username?: string;
  /** The preferred e-mail address. It may change, and is no identifier. */
  email?: string;
  /** Whether the server made sure that the address is the person's. */
  email_verified?: boolean;
  /** The URL of a picture of the person. */
  picture?: string;
  [claim: string]: unknown;
}

/** What the vault tells every page. `identity` is there where it has changed. */
export type VaultEvent =
  | { type: 'signedin'; identity: Identity; user: Claims | null; expiresInSeconds: number | null }
  | { type: 'signedout'; reason: 'logout'; identity: null }
  | { type: 'refreshed'; identity: Identity | undefined; expiresInSeconds: number | null }
  | {
      type: 'sessionexpired';
      reason: 'refused' | 'no_refresh_token' | 'lost_refresh' | 'key_lost';
      identity: null;
    }
  | { type: 'stepup'; acrValues: string | null; maxAge: number | null }
  | { type: 'error'; error: AuthErrorData };

/** Something that happened in the vault: log-events.ts has the names. */
export type VaultEntry = [time: number, event: number, text: string, ...facts: number[]];

/** What the vault knows of itself. */
export interface VaultReport {
  version: string;
  runsIn: 'shared' | 'dedicated' | 'extension';
  /** Whether a page has told of an escrow. */
  hasEscrow: boolean;
  /** To how many pages it speaks. */
  pages: number;
  /** Whether it was there before the page that asks. */
  wasThere: boolean;
  /** How often that page came back from the back/forward cache. */
  resumes: number;
  /** How often in a row the module has crashed. */
  crashes: number;
  /** How often what has happened, by number. */
  counts: Record<number, number>;
  /** The first entries and the newest; and how often in a row each happened. */
  entries: [VaultEntry, times: number][];
  /** What the escrow has answered to the last deposit. Nothing before the first. */
  lastDeposit: string;
  /** Its state now. */
  state: VaultEntry[];
}
