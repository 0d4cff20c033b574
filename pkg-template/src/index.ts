/** holdfast keeps people signed in to single-page apps. The page's side. */
import { AuthClient } from './client.js';
import type { AuthClientOptions } from './options.js';

export type { AuthClient, AuthEvents, CallbackResult, LoginOptions, LogoutOptions } from './client.js';
export { AuthError } from './errors.js';
export type { AuthErrorCode, AuthErrorPhase, OAuthError } from './errors.js';
export type { AuthClientOptions, ResourceOptions } from './options.js';
export type { Claims } from './protocol.js';

/**
 * Starts, or finds, the vault, and gives it its configuration.
 *
 * @throws {AuthError} `invalid_options` names the option that is missing or wrong; `worker_failed`, `version_mismatch`
 * and `unsupported_browser` say what the page's set-up lacks; `config_mismatch`.
 */
export function createAuthClient(options: AuthClientOptions): Promise<AuthClient> {
  return AuthClient.create(options);
}
