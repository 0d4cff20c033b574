/**
 * Pages come and go a thousand times, and half of them without a word: the vault must not keep them.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { browserName } from '../support/browser.mjs';
import { waitFor } from '../support/wait.mjs';
import { startWorld } from '../support/world.mjs';

const PAGES = 1000;
const AT_ONCE = 20;
/** The page itself, the one that asks, and what may have come since. */
const FEW = 3;

describe(`pages that are gone (${browserName})`, () => {
  let world;
  let page;
  before(async () => {
    world = await startWorld();
    page = await world.openPage();
    // The escrow has no part in this, and each page would look for a newer one.
    await page.useOptions(world.options({ host: 'shared', escrow: false }));
    await page.open('/');
    await page.run(() => {
      // How many pages the vault says that it speaks to.
      window.e2e.workers[0].port.addEventListener('message', ({ data }) => {
        if (data.type === 'ping') (window.held ??= []).push(data.pages);
      });
    });
  });
  after(() => world?.close());

  /** Opens pages with a client in frames, and removes them; every second one can't say that it goes. */
  const comeAndGo = (count) =>
    page.run(async (count) => {
      const opened = await Promise.all(
        Array.from({ length: count }, async (_, index) => {
          const frame = document.body.appendChild(document.createElement('iframe'));
          frame.src = '/frame';
          while (!frame.contentWindow.e2e?.ready) await new Promise((resolve) => setTimeout(resolve, 10));
          const { auth, e2e } = frame.contentWindow;
          if (!auth) throw new Error(JSON.stringify(e2e.error));
          const silence = (event) => event.stopImmediatePropagation();
          // A capturing listener comes before the client's own.
          if (index % 2) frame.contentWindow.addEventListener('pagehide', silence, { capture: true });
          return frame;
        }),
      );
      for (const frame of opened) frame.remove();
      return opened.length;
    }, count);

  const held = () => page.run(() => window.held ?? []);

  it(`${PAGES} opened and closed ones leave the vault with the few that are there`, async (context) => {
    for (let opened = 0; opened < PAGES;) opened += await comeAndGo(AT_ONCE);
    // It asks when somebody new comes, every ten seconds at most, and lets go of who has not answered three times.
    const last = await waitFor(
      async () => {
        await comeAndGo(1);
        const counts = await held();
        return counts.at(-1) <= FEW && counts;
      },
      'the vault to let go of them',
      { timeoutMs: 90_000, everyMs: 500 },
    );
    context.diagnostic(
      `${PAGES} pages: at most ${Math.max(...last)} held at once, ${last.at(-1)} in the end (${last.join(', ')})`,
    );
    assert.ok(last.at(-1) <= FEW);
  });

  it('and the page that stayed is still spoken to', async () => {
    await page.run(() => {
      window.signedIn = new Promise((resolve) => window.auth.on('signedin', resolve));
    });
    const [stayed] = await page.driver.getAllWindowHandles();
    await page.driver.switchTo().newWindow('tab');
    await page.useOptions(world.options({ host: 'shared', escrow: false }));
    await page.open('/');
    await page.signIn();
    await page.driver.switchTo().window(stayed);
    assert.equal(await page.run(async () => (await window.signedIn).user.name), 'Ada Lovelace');
  });
});
