/** Finds the escrow: the service worker that keeps the vault's state over a reload. */
import { scriptAt } from './host.js';
import type { SplitOptions } from './options.js';

/** The registration of `escrow.js` of the assets' folder, where the options ask for one. The first load makes it. */
export async function registerEscrow(options: SplitOptions): Promise<ServiceWorkerRegistration | undefined> {
  // Not there in insecure contexts and in some private windows, whatever its type says.
  const container = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (options.escrow === false || options.assetsUrl === undefined || !container) return undefined;
  try {
    const script = scriptAt(options, 'escrow.js');
    const known = await container.getRegistration(`${script}`);
    // `register` would have to wait for a newer one that is just being installed.
    if (known?.active?.scriptURL === `${script}`) return known;
    return await (await import('./register.js')).register(container, script);
  } catch (cause) {
    console.warn('holdfast: without escrow.js reloads may sign out.', cause);
    return undefined;
  }
}
