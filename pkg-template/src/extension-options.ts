/** The options of the vault in an extension. */
import type { AuthClientOptions } from './options.js';

/**
 * What `startVault` is given: the options of `createAuthClient`, but for those about workers. `redirectUri` and
 * `postLogoutRedirectUri` are `identity.getRedirectURL()` unless they are given; the server must know them.
 */
export type VaultOptions = Omit<
  AuthClientOptions,
  'redirectUri' | 'host' | 'assetsUrl' | 'escrow' | 'worker' | 'scriptUrl' | 'fallthrough' | 'logger'
> & {
  /** Where the server sends the window of a sign-in: a URL of `identity.getRedirectURL()`. */
  redirectUri?: string;
};
