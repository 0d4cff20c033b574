/**
 * A site whose folder of assets holds the package's escrow.js, and in the place of worker.js one that passes messages
 * between page and escrow. What counts for the escrow is the URL that a worker was started from.
 */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startListener } from './listener.mjs';
import { startWorld } from './world.mjs';

const asker = fileURLToPath(new URL('../app/escrow-asker.js', import.meta.url));

/** The world, with `listener` for a token endpoint and `assets`, the folder. */
export async function startEscrowWorld() {
  const listener = await startListener();
  let assets;
  const world = await startWorld({
    page: '/escrow.html',
    moreApis: [listener.origin],
    async prepareAssets(folder) {
      assets = folder;
      for (const name of ['worker.js', 'other.js']) await cp(asker, join(folder, name));
    },
  });
  return {
    ...world,
    listener,
    assets,
    async close() {
      await world.close();
      await listener.close();
    },
  };
}

/** What a test says to workers and escrow through a page. The name of a ticket holds only for its fingerprint. */
export function escrowTools(page) {
  const ask = (label, message) => page.run((...args) => window.ask(...args), label, message);
  const start = async (label, kind = 'dedicated', more = {}) => {
    await page.run((...args) => window.startWorker(...args), label, kind, more);
    // One after the other: of workers whose scripts WebKit loads at the same time, only the first has a service worker.
    await ask(label, 'notices');
  };
  return {
    start,
    ask,
    end: (label) => page.run((which) => window.endWorker(which), label),
    register: (...args) => page.run((...given) => window.registerEscrow(...given), ...args),
    claim: (label, fingerprint) => ask(label, { type: 'claim', fingerprint, onlyOwnerless: false }),
    park: (label, fingerprint, ticket, state, id = null) =>
      ask(label, { type: 'park', fingerprint, ticket: `${fingerprint}: ${ticket}`, state, id }),
    forget: (label, fingerprint, ticket, sweep) =>
      ask(label, { type: 'forget', fingerprint, ticket: `${fingerprint}: ${ticket}`, sweep }),
    reload: async () => {
      await page.driver.navigate().refresh();
      await page.ready();
    },
  };
}
