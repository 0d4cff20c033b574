/**
 * A page that begins at what looks like the server's answer: the vault fetches the server's metadata and keys at once, before
 * the app asks for anything, and where the page is any other one, it fetches nothing.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { waitFor } from './support/wait.mjs';
import { startWorld } from './support/world.mjs';

const METADATA = '/.well-known/openid-configuration';

describe(`what a vault fetches ahead (${browserName})`, () => {
  let world;
  let page;
  const asked = [];
  before(async () => {
    world = await startWorld({
      provider: {
        watch: async (ctx, next) => {
          asked.push(ctx.path);
          await next();
        },
      },
    });
    page = await world.openPage();
    await page.useOptions(null);
  });
  after(() => world?.close());

  /** A client with a vault of its own, in a page at `path`, of which nothing is asked. */
  async function startAt(path) {
    await page.open(path);
    asked.length = 0;
    await page.run(
      async (options) => (window.auth = await window.e2e.createAuthClient(options)) && null,
      world.options({ host: 'dedicated' }),
    );
  }

  it('at a callback, the metadata and the keys, each once', async () => {
    await startAt('/callback?code=x&state=y');
    await waitFor(() => asked.includes('/jwks'), 'the keys to be asked for');
    await assert.rejects(
      page.run(() => window.auth.handleRedirectCallback()),
      { code: 'state_unknown' },
    );
    assert.deepEqual(asked, [METADATA, '/jwks']);
  });

  it('anywhere else, nothing', async () => {
    await startAt('/?code=x&state=y');
    // Whatever the vault had begun at its start would be asked for before this.
    await page.run(() => window.auth.handleRedirectCallback('/nowhere'));
    await page.run(() => window.auth.checkSession());
    assert.deepEqual(asked, []);
  });
});
