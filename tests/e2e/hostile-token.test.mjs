/** Answers of the token endpoint to the code that are not what they should be. */
import assert from 'node:assert/strict';
import { describeHostile } from './support/hostile.mjs';

describeHostile('the token response', (hostile, scene) => {
  hostile('oidcc-client-test');
  hostile('H24');
  hostile('H24-302');
  hostile('own-token-redirect-303');
  hostile('own-token-redirect-308');
  hostile('own-token-redirect-to-itself');
  hostile('own-token-redirect-to-script');
  hostile('H25');
  hostile('H27');
  hostile('H27-type');
  hostile('H28');
  hostile('H28-none');
  hostile('H29');
  hostile('H30');
  hostile('H30-text');
  hostile('H30-negative');
  hostile('H30-nonsense');
  hostile('fapi2-security-profile-final-client-test-token-endpoint-response-without-expires_in');
  hostile('own-token-expires-in-huge');
  hostile('own-token-expires-in-infinite');
  hostile('H31');
  hostile('H32', undefined, { isLasting: false });
  // Browsers repeat a request by themselves when a connection dies that was in use before.
  hostile('H34', undefined, { says: false });
  hostile('H36');
  hostile('H37');
  hostile('H38');
  hostile('own-token-cut');
  hostile('own-token-no-cors');
  hostile('own-token-cors-for-other');
  hostile('own-token-gzip-bomb');
  hostile('own-token-byte-order-mark');
  hostile('own-token-utf-16');
  hostile('own-token-empty');
  hostile('own-token-list');
  hostile('own-token-twice');
  hostile('own-token-access-token-twice');
  hostile('own-token-id-token-twice');
  hostile('own-token-nested');
  hostile('own-token-prototype');
  hostile('own-token-header-injection');
  hostile('own-token-not-a-text');
  hostile('own-token-refresh-token-number');
  hostile('own-token-beyond-ascii');
  hostile('own-token-huge');
  hostile('own-token-without-id-token');
  hostile('own-token-error-and-tokens');
  hostile('own-token-status-201');
  hostile('own-token-tokens-with-400');
  hostile('own-token-error-quotes-secrets');
  hostile('own-token-error-script', undefined, {
    check: ({ oauth }) => assert.equal(oauth.error_uri, undefined),
  });
  hostile('own-token-error-not-a-text');
  hostile('own-token-cookie', async () => {
    const outcome = await scene.signIn();
    // Cookies go nowhere, the server's own endpoints included.
    await scene.callWithRefresh();
    const { entries } = scene.world.journal;
    const withCookie = entries.filter(({ headers, path }) => headers.cookie && path !== '/authorize');
    assert.deepEqual(withCookie, []);
    return outcome;
  });
});

describeHostile(
  'a token response that takes its time',
  (hostile) => {
    hostile('H33');
    hostile('own-token-dripping');
  },
  { options: { httpTimeoutSeconds: 1 } },
);
