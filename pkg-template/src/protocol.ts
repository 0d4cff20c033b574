/**
 * The messages between page and vault. Types only, but for the version.
 *
 * The page sends intent: "sign in", "fetch this". No message holds a token, and none from the page holds a URL,
 * header or body for the authorization server.
 */
import type { AuthErrorData } from './errors.js';

declare const __HOLDFAST_VERSION__: string;

/** Page and worker must be of one build: the package's version, and a digest of its sources. */
export const VERSION: string = __HOLDFAST_VERSION__;

/** Names a call of one page's. */
export type CallId = number;

/** From the page to the vault. */
export type ToVault =
  | { type: 'init'; id: CallId; version: string; options: unknown }
  | { type: 'checkSession'; id: CallId }
  | { type: 'signIn'; id: CallId; options: unknown }
  | { type: 'handleCallback'; id: CallId; url: string }
  | { type: 'fetch'; id: CallId; request: FlatRequest }
  | { type: 'signOut'; id: CallId; options: unknown }
  | { type: 'abort'; id: CallId; reason?: unknown }
  | { type: 'close' };

/** From the vault to the page. */
export type ToPage =
  | { type: 'reply'; id: CallId; value: unknown }
  | { type: 'response'; id: CallId; response: FlatResponse }
  | { type: 'failure'; id: CallId; error: AuthErrorData }
  | { type: 'exception'; id: CallId; name: string; message: string }
  | { type: 'event'; event: VaultEvent }
  | { type: 'crashed' };

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
export interface FlatResponse {
  url: string;
  redirected: boolean;
  type: ResponseType;
  status: number;
  statusText: string;
  headers: [string, string][];
  /** A stream where the browser can transfer one, else a port to pull its chunks from. */
  body: ReadableStream<Uint8Array> | MessagePort | null;
}

/** From the page, over a body's port. */
export type BodyDemand = { type: 'pull' } | { type: 'cancel' };

/** To the page, over a body's port: a chunk for each `pull`, then the end. */
export type BodySupply =
  { type: 'chunk'; chunk: Uint8Array } | { type: 'end' } | { type: 'error'; name: string; message: string };

/** Who is signed in. */
export interface Identity {
  /** The claims that describe the person. */
  user: Claims;
  /** All claims of the ID token. */
  claims: Claims;
}

/** Claims of an ID token (OpenID Connect Core sections 2 and 5.1). */
export interface Claims {
  /** The person's identifier, unique and stable at this issuer. */
  sub: string;
  name?: string;
  given_name?: string;
  family_name?: string;
  preferred_username?: string;
  email?: string;
  email_verified?: boolean;
  picture?: string;
  [claim: string]: unknown;
}

/** What the vault tells every page. */
export type VaultEvent =
  | { type: 'signedin'; identity: Identity; expiresInSeconds: number | null }
  | { type: 'signedout'; reason: 'logout' }
  | { type: 'refreshed'; identity: Identity | null; expiresInSeconds: number | null }
  | { type: 'sessionexpired'; reason: 'refused' | 'no_refresh_token' | 'lost_refresh' }
  | { type: 'error'; error: AuthErrorData };
