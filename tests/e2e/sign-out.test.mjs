/**
 * A sign-out that leaves the page at once must still have its refresh token revoked: the request has to be on its way
 * before the navigation ends the worker that sends it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { startListener } from './support/listener.mjs';
import { waitFor } from './support/wait.mjs';
import { startWorld } from './support/world.mjs';

for (const host of ['shared', 'dedicated']) {
  describe(`signing out from a ${host} worker (${browserName})`, () => {
    let world;
    let page;
    // Another origin, to which no connection is open yet: the request takes its time to leave.
    let revocation;
    before(async () => {
      revocation = await startListener({ answersAtOnce: true });
      world = await startWorld({ moreApis: [revocation.origin] });
      const discovered = await fetch(`${world.issuer}/.well-known/openid-configuration`);
      const metadata = { ...(await discovered.json()), revocation_endpoint: `${revocation.origin}/revoke` };
      page = await world.openPage();
      await page.useOptions(world.options({ host, metadata }));
    });
    after(async () => {
      await world?.close();
      await revocation?.close();
    });

    for (const attempt of [1, 2, 3]) {
      it(`revokes the refresh token, attempt ${attempt}`, async () => {
        await page.open('/');
        await page.signIn();
        await page.signOut();
        await waitFor(() => revocation.requests.length >= attempt, 'the revocation', { timeoutMs: 3000 });
        assert.equal(revocation.requests.length, attempt);
        const { method, path } = revocation.requests.at(-1);
        assert.deepEqual([method, path], ['POST', '/revoke']);
      });
    }
  });
}
