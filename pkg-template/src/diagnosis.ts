/** What an app's `logger` is told, and what `auth.diagnose()` answers: types only. */
import type { AuthErrorCode, AuthErrorPhase } from './errors.js';

/** How much an entry matters; the name of the logger's function that gets it. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * Something that happened. docs/diagnosing.md lists the events and their facts. No entry holds a token, a code, a claim or
 * a URL.
 */
export interface LogEntry {
  /** When, in milliseconds since 1970. */
  time: number;
  level: LogLevel;
  /** Its name, which is stable. */
  event: string;
  /** The same in words, for people. They may change. */
  message: string;
  /** Who tells it: this page's side of holdfast, or the vault, which other pages may use, too. */
  from: 'page' | 'vault';
  /** More about it. `null` is what is not known. */
  [fact: string]: string | number | boolean | null;
}

/** The option `logger`. What it lacks is not sent to it at all; `console` is one. */
export type Logger = { [Level in LogLevel]?: (entry: LogEntry) => void };

/** Something that went wrong. */
export interface DiagnosedError {
  code: AuthErrorCode;
  phase: AuthErrorPhase | null;
  /** When, in milliseconds since 1970; the last time, where it happened several times in a row. */
  time: number;
  /** How often in a row. */
  times: number;
  /** The HTTP status of the answer that caused it, where there was one. */
  status: number | null;
  /** The OAuth error code, where there was one. Never its description. */
  oauthError: string | null;
}

/** One step of the way on which a session is looked for, at the start. */
export interface DiagnosedStep {
  step: 'live_vault' | 'escrow' | 'quiet_sign_in' | 'session';
  /** What it came to; docs/diagnosing.md lists the words. */
  outcome: string;
  /** Why, in one word of the same list. */
  reason: string | null;
}

/** One of the two files in the folder of `assetsUrl`, as the page gets it. */
export interface DiagnosedFile {
  /** The HTTP status; `null` where the request failed. */
  status: number | null;
  /** Whether it is served as JavaScript. An app's start page, served in its place, is not. */
  isScript: boolean;
  /** The version of holdfast that is written in it. `escrow.js` has none. */
  version: string | null;
  /** Whether it comes with a Content-Security-Policy, and whether that allows WebAssembly. */
  csp: 'none' | 'allows_wasm' | 'forbids_wasm';
}

/**
 * The answer of {@link AuthClient.diagnose}: plain JSON, to be pasted into an issue. It holds no token, code, claim, no path
 * and query of a URL, and no words that a server wrote. It does hold the configured issuer, the scopes, the origins of
 * `resources`, and the browser's name.
 */
export interface Diagnosis {
  /** Of this form. It changes when a member goes, or means something else. */
  format: 1;
  /** When the report was made, in milliseconds since 1970. */
  time: number;
  versions: { page: string; vault: string | null };
  /** Why the vault told nothing, where it did not. */
  failure: { name: string; code: AuthErrorCode | null; phase: AuthErrorPhase | null } | null;
  host: {
    /** The option `host`. */
    asked: string;
    /** Where the vault runs. `null`: it does not answer. */
    runsIn: 'shared' | 'dedicated' | 'extension' | null;
    /** Whether the app made the worker itself (option `worker`). */
    appMade: boolean;
    /** How long it has lived, in seconds. */
    ageSeconds: number | null;
    /** To how many pages it speaks. */
    pages: number | null;
    /** How often in a row it has crashed. */
    crashes: number | null;
  };
  escrow: {
    /** Whether the options ask for one. */
    isWanted: boolean;
    /** What the browser says of its service worker. */
    registration: 'unavailable' | 'none' | 'installing' | 'waiting' | 'active';
    /** Whether the page could tell the vault of one. */
    isUsed: boolean | null;
    /** What it has answered last: to the wish for a session, and to a deposit. */
    lastClaim: string | null;
    lastDeposit: string | null;
  };
  /** What `assetsUrl` serves; `null` without that option. */
  files: { worker: DiagnosedFile; escrow: DiagnosedFile } | null;
  browser: {
    userAgent: string;
    sharedWorker: boolean;
    serviceWorker: boolean;
    transferableStreams: boolean;
    /** Which of the signatures for DPoP WebCrypto has. */
    es256: boolean;
    ed25519: boolean;
    indexedDb: boolean;
    sessionStorage: boolean;
    cookies: boolean;
    /** Whether the page may use its own cookies and storage; `null` where the browser does not say. */
    storageAccess: boolean | null;
    trustedTypes: boolean;
  };
  page: {
    isVisible: boolean;
    isOnline: boolean;
    isInFrame: boolean;
    isSecureContext: boolean;
    /** Whether its URL looks like an answer to a sign-in. */
    isAtCallback: boolean;
    /** Whether a service worker of the app's controls it. */
    isControlled: boolean;
    ageSeconds: number;
    /** How often it came back from the back/forward cache. */
    resumes: number | null;
  };
  /** What was tried to find a session, in that order. */
  start: DiagnosedStep[];
  session: {
    isSignedIn: boolean;
    /** Whether the last session ended though nobody signed out, and whether another vault has it. */
    hasExpired: boolean;
    hasMoved: boolean;
    /** When this vault got the session, in milliseconds since 1970. */
    since: number | null;
    hasRefreshToken: boolean;
    isDpopBound: boolean;
    /**
     * The access tokens that are there. `target` counts the different tokens that `resources` asks for, from 0;
     * `expiresInSeconds` is `null` where the server does not say.
     */
    accessTokens: { target: number; expiresInSeconds: number | null }[];
    /** For how long no refresh is tried, after one that failed. */
    pauseMilliseconds: number | null;
  } | null;
  configuration: {
    issuer: string | null;
    provider: string | null;
    scope: string | null;
    /** The origins of `resources`. */
    resources: string[];
    dpop: string;
    par: string;
    /** The names of the options that were given. */
    options: string[];
  };
  /** What the server's metadata says, once it is there. */
  server: {
    endSession: boolean;
    revocation: boolean;
    issParameter: boolean;
    /** Whether it lists an algorithm for DPoP that holdfast has. */
    dpop: boolean;
    idTokenAlgorithms: string[];
  } | null;
  /** By how many seconds the server's clock seems to be ahead of this device's, by the last sign-in's ID token. */
  clockAheadSeconds: number | null;
  /** How often what has happened in this vault, by the names of the log's events; `calls` are those of `auth.fetch`. */
  counts: Record<string, number>;
  errors: DiagnosedError[];
  /** What has happened in this vault: the first entries of its log, and the newest. */
  log: LogEntry[];
}
