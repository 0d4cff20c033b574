/**
 * An app that uses two servers, each by a client of its own, and one of them is the attacker's: it wants the code that the
 * other one issues. Both clients know themselves under the same client id.
 */
import assert from 'node:assert/strict';
import { describeHostile } from './support/hostile.mjs';
import { waitFor } from './support/wait.mjs';

describeHostile('two servers, and one is evil', (hostile, scene) => {
  /** Signs in at the other server; what its client makes of the callback, or the one that the first server's makes of it. */
  async function signInAtOther({ redirectUri = '/callback', handledBy = 'other' } = {}) {
    const { world } = scene;
    world.redirectUri = scene.options().redirectUri;
    Object.assign(world, { holds: true, held: undefined });
    const options = scene.options({
      issuer: world.other.issuer,
      redirectUri: scene.siteOrigin + redirectUri,
      host: 'dedicated',
      escrow: false,
    });
    await scene.page.run(async (given) => {
      window.e2e.other?.close();
      window.e2e.failed = undefined;
      window.e2e.other = await window.e2e.createAuthClient(given);
      window.e2e.other.loginWithRedirect().catch(({ code }) => {
        window.e2e.failed = code;
      });
    }, options);
    const { failed } = await waitFor(async () => {
      const failed = await scene.page.driver.executeScript('return window.e2e.failed');
      return failed ? { failed } : world.held && {};
    }, 'an error, or a callback');
    world.holds = false;
    if (failed) return failed;
    scene.startAgain();
    return scene.page.run(
      (name, url) => {
        const client = { other: window.e2e.other, first: window.auth }[name];
        return client.handleRedirectCallback(url).then(
          ({ handled }) => (handled ? 'accepted' : 'ignored'),
          ({ code }) => code,
        );
      },
      handledBy,
      world.held,
    );
  }

  /** Whether a code or a token of the first server's came to the other one. */
  const isRobbed = () =>
    scene.world.journal.entries.some(
      ({ server, url, body }) => server === 'other provider' && /\b(code|access|refresh)-/.test(url + body),
    );

  const notRobbed = async (outcome) => {
    const happened = await outcome;
    assert.equal(isRobbed(), false, 'nothing of the first server came to the other one');
    return happened;
  };

  hostile('own-mix-up-with-issuer', () => notRobbed(signInAtOther()));
  hostile('own-mix-up-own-redirect-uri', () =>
    notRobbed(signInAtOther({ redirectUri: '/other-callback', handledBy: 'first' })),
  );
  // The other server's own code goes to it.
  hostile('own-mix-up-id-token', () => notRobbed(signInAtOther()), { says: false });
  hostile('own-mix-up-keys', () => notRobbed(signInAtOther()), { says: false });
  hostile('own-mix-up-metadata', () => notRobbed(signInAtOther()));
  // Last: what it shows is that the first server has to say who it is, or have a redirect URI of its own.
  hostile(
    'own-mix-up-without-issuer',
    async () => {
      const outcome = await signInAtOther();
      assert.equal(isRobbed(), true);
      return outcome;
    },
    { says: false },
  );
});
