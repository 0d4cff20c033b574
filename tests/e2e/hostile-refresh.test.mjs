/** Answers of the token endpoint to a refresh token. The call of the app's that needs the new access token waits for it. */
import assert from 'node:assert/strict';
import { describeHostile } from './support/hostile.mjs';

describeHostile('the refresh', (hostile, scene) => {
  const refresh = () => scene.callWithRefresh();
  hostile('H56', refresh);
  hostile('oidcc-client-test-refresh-token', refresh);
  hostile('H57', refresh);
  hostile('H57-omitted', refresh);
  hostile('H58', refresh);
  hostile('H60', refresh);
  hostile('H60-issuer', refresh);
  hostile('oidcc-client-test-refresh-token-invalid-sub', refresh);
  hostile('oidcc-client-test-refresh-token-invalid-issuer', refresh);
  hostile('H62', refresh);
  hostile('H63', refresh);
  hostile('H63-login', refresh);
  hostile('H64', async () => {
    await scene.call();
    const before = scene.refreshes();
    scene.spoilAccessToken();
    const outcomes = await scene.page.run(
      (url) => Promise.all([1, 2, 3].map(async () => (await window.auth.fetch(url)).status)),
      `${scene.world.api.origin}/me`,
    );
    assert.deepEqual(outcomes, [200, 200, 200]);
    assert.equal(scene.refreshes() - before, 1);
    return 'accepted';
  });
  hostile('own-refresh-audience', refresh);
  hostile('own-refresh-nonce', refresh);
  hostile('own-refresh-unsigned', refresh);
  hostile('own-refresh-other-key', refresh);
  hostile('own-refresh-redirect', refresh);
  hostile('own-refresh-no-cors', refresh);
  hostile('own-refresh-cut', refresh);
  hostile('own-refresh-html', refresh);
  hostile('own-refresh-nested', refresh);
  hostile('own-refresh-header-injection', refresh);
  hostile('own-refresh-type', refresh);
  hostile('own-refresh-quotes-secret', refresh);
  hostile('own-refresh-error-script', refresh, {
    check: ({ oauth }) => assert.deepEqual([oauth.error_description, oauth.error_uri], ['<b>', undefined]),
  });
});
