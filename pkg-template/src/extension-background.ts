/**
 * `holdfast/extension/background`: the vault in the background of an extension, for a background script that is a module.
 * All of it is in extension-worker.js, which the build has this file import; that one runs as a classic script, too.
 */
import type { VaultOptions } from './extension-options.js';

export type { ResourceOptions } from './options.js';
export type { VaultOptions } from './extension-options.js';

/**
 * Gives the vault its configuration. To be called once, at the start of the background script and without waiting for
 * anything: the browser starts that script again whenever it needs it. No page can change these options.
 *
 * The options are checked when the first page comes: its `createExtensionAuthClient()` fails with `invalid_options`.
 */
export const startVault = (globalThis as unknown as { holdfast: { startVault(options: VaultOptions): void } })
  .holdfast.startVault;
