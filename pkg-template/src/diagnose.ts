/** The report of `auth.diagnose()`, and of a start that failed. Loaded only when somebody asks for it. */
import type { Channel } from './channel.js';
import type { Diagnosis, DiagnosedError, DiagnosedStep, LogEntry } from './diagnosis.js';
import { nameOf, readEntry } from './log-events.js';
import { type AuthClientOptions, splitOptions, type SplitOptions } from './options.js';
import { browserFacts, filesOf, inTime, isInFrame, pageFacts, registrationOf } from './probes.js';
import { VERSION, type VaultReport } from './protocol.js';
import { lastAttempt } from './attempt.js';

export type { Diagnosis, DiagnosedError, DiagnosedFile, DiagnosedStep, LogEntry } from './diagnosis.js';

/**
 * A report on a start that failed: where `createAuthClient` rejects, there is no client to ask. Asks the browser, and looks
 * at what `assetsUrl` serves. Changes nothing, and never rejects.
 *
 * @param options those that `createAuthClient` was given
 * @param error what it rejected with
 */
export async function diagnose(given: AuthClientOptions, error?: unknown): Promise<Diagnosis> {
  // A client has split them, and gives the way to its vault in the error's place.
  const options = Object(given).vault ? (given as SplitOptions) : splitOptions(given);
  const ask =
    typeof error === 'function' ? () => (error as Channel['send'])({ type: 'diagnose' }, 'init') : undefined;
  let failure = ask ? undefined : error;
  const asked = inTime(async () => {
    try {
      return (await ask?.()) as VaultReport | undefined;
    } catch (reason) {
      failure = reason;
      return undefined;
    }
  }, undefined);
  const [vault, browser, registration, files] = await Promise.all([
    asked,
    browserFacts(),
    registrationOf(options),
    filesOf(options),
  ]);
  if (!vault && ask) failure ??= { name: 'TimeoutError' };
  const log = (vault?.entries ?? []).map(([entry, times]) => {
    const read = readEntry(entry);
    return times > 1 ? { ...read, times } : read;
  });
  const isAtCallback = /[?#&](code|error|state)=/.test(location.href);
  const last = (...events: string[]) => log.findLast(({ event }) => events.includes(event));
  const started = last('vault_started');
  return {
    format: 1,
    time: Date.now(),
    versions: { page: VERSION, vault: vault?.version ?? null },
    failure: failure === undefined ? null : describe(failure),
    host: {
      asked: text(given?.host) ?? 'auto',
      runsIn: vault?.runsIn ?? null,
      appMade: !!given?.worker,
      ageSeconds: started ? Math.round((Date.now() - started.time) / 1000) : null,
      pages: vault?.pages ?? null,
      crashes: vault?.crashes ?? null,
    },
    escrow: {
      isWanted: options.escrow !== false && options.assetsUrl !== undefined,
      registration,
      isUsed: vault?.hasEscrow ?? null,
      lastClaim: text(last('escrow_claim', 'escrow_resume')?.['outcome']),
      lastDeposit: vault?.lastDeposit || null,
    },
    files,
    browser,
    page: { ...pageFacts(isAtCallback), resumes: vault?.resumes ?? null },
    start: vault ? steps(vault, log, isAtCallback) : [],
    ...stateOf(vault, log),
    configuration: configurationOf(options),
    counts: countsOf(vault),
    errors: log.flatMap(errorOf),
    log,
  };
}

/** An error by its names. What it says may quote anything. */
function describe(error: unknown): Diagnosis['failure'] {
  const { name, code, phase } = Object(error) as Record<string, never>;
  return { name: text(name) ?? 'Error', code: (text(code) ?? null) as never, phase: phase ?? null };
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** The ladder: a vault that lives, the escrow, a sign-in without any page of the server's; and what it has come to. */
function steps(vault: VaultReport, log: LogEntry[], isAtCallback: boolean): DiagnosedStep[] {
  const step = (name: DiagnosedStep['step'], outcome: string, reason: unknown = null): DiagnosedStep => ({
    step: name,
    outcome,
    reason: text(reason),
  });
  const has = (event: string) => log.some((entry) => entry.event === event);
  const claim = log.find(({ event }) => event === 'escrow_claim');
  const isQuiet = log.some(({ event, silent }) => event === 'sign_in_started' && silent === true);
  const attempt = lastAttempt();
  const whyNot = () => {
    if (isInFrame()) return 'in_frame';
    if (attempt === undefined) return 'no_session_storage';
    if (attempt !== null) return 'tried_lately';
    return isAtCallback ? 'at_callback' : 'not_asked';
  };
  const end = log.findLast(({ event }) =>
    ['signed_in', 'session_adopted', 'signed_out', 'session_expired', 'session_moved'].includes(event),
  );
  const isSignedIn = !!((vault.state[0]?.[3] ?? 0) & 1);
  return [
    step('live_vault', vault.wasThere ? 'found' : 'none'),
    claim
      ? step('escrow', claim['outcome'] as string)
      : step('escrow', 'not_asked', vault.hasEscrow ? 'no_need' : 'no_escrow'),
    has('silent_sign_in_ended')
      ? step('quiet_sign_in', 'nobody')
      : isQuiet
        ? step('quiet_sign_in', 'started')
        : step('quiet_sign_in', 'not_tried', whyNot()),
    step('session', isSignedIn ? 'signed_in' : 'signed_out', end?.['reason'] ?? end?.event),
  ];
}

/** src/core/diagnosis.rs has the order of the flags. */
function stateOf(
  vault: VaultReport | undefined,
  log: LogEntry[],
): Pick<Diagnosis, 'session' | 'server' | 'clockAheadSeconds'> {
  const [state, ...tokens] = vault?.state ?? [];
  if (!state) return { session: null, server: null, clockAheadSeconds: null };
  const [, , algorithms, flags = 0, pause = -1, ahead = 0] = state;
  const flag = (bit: number) => (flags & (1 << bit)) !== 0;
  const begun = log.findLast(({ event }) => event === 'signed_in' || event === 'session_adopted');
  return {
    session: {
      isSignedIn: flag(0),
      hasExpired: flag(1),
      hasMoved: flag(2),
      since: (flag(0) && begun?.time) || null,
      hasRefreshToken: flag(3),
      isDpopBound: flag(4),
      accessTokens: tokens.map(([, , , target, left = -1]) => ({
        target: target!,
        expiresInSeconds: left < 0 ? null : left,
      })),
      pauseMilliseconds: pause < 0 ? null : pause,
    },
    server: flag(5)
      ? {
          endSession: flag(6),
          revocation: flag(7),
          issParameter: flag(8),
          dpop: flag(9),
          idTokenAlgorithms: algorithms.split(' ').filter(Boolean),
        }
      : null,
    // The least number: nobody knows.
    clockAheadSeconds: ahead === -(2 ** 31) ? null : ahead,
  };
}

function configurationOf({ vault, ...options }: SplitOptions): Diagnosis['configuration'] {
  const { issuer, provider, scope, resources, dpop, par } = vault as Partial<AuthClientOptions>;
  const urls = Array.isArray(resources) ? resources : [];
  return {
    issuer: text(issuer),
    provider: text(provider),
    scope: text(scope),
    resources: urls.map((resource) => originOf(text(resource) ?? (resource as { url: string } | null)?.url)),
    dpop: text(dpop) ?? 'off',
    par: text(par) ?? 'auto',
    options: Object.keys(options).sort(),
  };
}

function originOf(url: unknown): string {
  try {
    return new URL(String(url), location.href).origin;
  } catch {
    return 'invalid';
  }
}

function countsOf(vault: VaultReport | undefined): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [number, count] of Object.entries(vault?.counts ?? {})) {
    const [, event] = nameOf(Number(number));
    counts[event] = (counts[event] ?? 0) + count;
  }
  return counts;
}

function errorOf(entry: LogEntry): DiagnosedError[] {
  const { event, time, code, phase, status, oauthError, times } = entry;
  const codes: Record<string, unknown> = {
    failed: code,
    vault_crashed: 'vault_crashed',
    session_moved: 'session_moved',
  };
  if (event === 'session_expired') codes[event] = 'session_expired';
  if (!codes[event]) return [];
  return [
    {
      code: codes[event] as DiagnosedError['code'],
      phase: (text(phase) as DiagnosedError['phase']) ?? null,
      time,
      times: (times as number | undefined) ?? 1,
      status: (status as number | null | undefined) ?? null,
      oauthError: text(oauthError),
    },
  ];
}
