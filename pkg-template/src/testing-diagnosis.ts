/** What `diagnose()` of a mock client answers. */
import type { Diagnosis } from './index.js';

/** A report as of a vault that has just begun, in a browser that has everything. */
export function mockDiagnosis(isSignedIn: boolean): Diagnosis {
  return {
    format: 1,
    time: 0,
    versions: { page: 'mock', vault: 'mock' },
    failure: null,
    host: { asked: 'auto', runsIn: 'shared', appMade: false, ageSeconds: 0, pages: 1, crashes: 0 },
    escrow: {
      isWanted: false,
      registration: 'none',
      isUsed: false,
      lastClaim: null,
      lastDeposit: null,
    },
    files: null,
    browser: {
      userAgent: 'mock',
      sharedWorker: true,
      serviceWorker: true,
      transferableStreams: true,
      es256: true,
      ed25519: true,
      indexedDb: true,
      sessionStorage: true,
      cookies: true,
      storageAccess: null,
      trustedTypes: false,
    },
    page: {
      isVisible: true,
      isOnline: true,
      isInFrame: false,
      isSecureContext: true,
      isAtCallback: false,
      isControlled: false,
      ageSeconds: 0,
      resumes: 0,
    },
    start: [{ step: 'session', outcome: isSignedIn ? 'signed_in' : 'signed_out', reason: null }],
    session: {
      isSignedIn,
      hasExpired: false,
      hasMoved: false,
      since: null,
      hasRefreshToken: isSignedIn,
      isDpopBound: false,
      accessTokens: [],
      pauseMilliseconds: null,
    },
    configuration: {
      issuer: null,
      provider: null,
      scope: null,
      resources: [],
      dpop: 'off',
      par: 'auto',
      options: [],
    },
    server: null,
    clockAheadSeconds: null,
    counts: {},
    errors: [],
    log: [],
  };
}
