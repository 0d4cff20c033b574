/** holdfast keeps people signed in to single-page apps. The page's side. */
import type { AuthClient } from './auth-client.js';
import { isAtCallback } from './at-callback.js';
import { Client } from './client.js';
import { connect } from './connection.js';
import { type AuthClientOptions, splitOptions } from './options.js';
import { registerEscrow } from './registration.js';

export type {
  AuthClient,
  AuthEvents,
  CallbackResult,
  CheckSessionOptions,
  LoginOptions,
  LogoutOptions,
  PopupLoginOptions,
  PopupResult,
  SessionFacts,
} from './auth-client.js';
export type { AuthorizationParams, ClaimRequest, ClaimsRequest } from './authorization-params.js';
export type {
  DiagnosedError,
  DiagnosedFile,
  DiagnosedStep,
  Diagnosis,
  LogEntry,
  Logger,
  LogLevel,
} from './diagnosis.js';
export { AuthError } from './errors.js';
export type { AuthErrorCode, AuthErrorPhase, OAuthError } from './errors.js';
export type { AuthClientOptions, ProviderName, ResourceOptions } from './options.js';
export type { Claims } from './protocol.js';

/**
 * Starts, or finds, the vault, and gives it its configuration. In a popup of {@link AuthClient.loginWithPopup} the page that
 * opened it is given the answer first, and the popup closes.
 *
 * @throws {AuthError} `invalid_options` names the option that is missing or wrong; `worker_failed`, `version_mismatch`
 * and `unsupported_browser` say what the page's set-up lacks; `config_mismatch`.
 */
export async function createAuthClient(options: AuthClientOptions): Promise<AuthClient> {
  const split = splitOptions(options);
  if (/[?&]state=[\w-]+\.popup/.test(location.search)) {
    await (await import('./callback.js')).handOverAndClose(split.redirectUri);
  }
  // While the vault starts. Whoever needs it hears where it can't be loaded.
  if (isAtCallback(split.redirectUri)) import('./callback.js').catch(() => {});
  const escrow = await registerEscrow(split);
  const watch = split.logger && (await import('./log.js')).watch(split);
  const client = new Client(split, (...listeners) => connect(split, !!escrow, watch, ...listeners));
  await client.opened();
  // Not before: a new escrow begins with nothing, and asks the vault for its state.
  escrow?.update().catch(() => {});
  return client;
}
