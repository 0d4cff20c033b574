/** What an API may answer to a call that carries a token. */
import assert from 'node:assert/strict';
import { describeHostile } from './support/hostile.mjs';

describeHostile('the API', (hostile, scene) => {
  const call = () => scene.call();
  // A refresh, and the call once more, are no leak: the same token goes to where it is meant for.
  const mayRefresh = { says: false };
  hostile('H73', call);
  hostile('H73-challenge', call);
  hostile('H75', call, mayRefresh);
  hostile('H76', call, mayRefresh);
  hostile('H77', call);
  hostile('H77-307', call);
  hostile('own-api-redirect-followed', () => scene.call('/me', { redirect: 'follow' }));
  hostile(
    'H78',
    async () => {
      const before = scene.refreshes();
      const calls = scene.apiCalls();
      const outcome = await scene.call();
      assert.ok(scene.refreshes() - before <= 1 && scene.apiCalls() - calls <= 2, 'no loop');
      return outcome;
    },
    mayRefresh,
  );
  hostile('own-api-challenge-huge', call, mayRefresh);
  hostile('own-api-challenge-many', call, mayRefresh);
  hostile('own-api-challenge-unfinished', call, mayRefresh);
  hostile('own-api-challenge-other-scheme', call, mayRefresh);
  const stepUps = async () => (await scene.page.seen()).events.filter(({ type }) => type === 'stepup').length;
  hostile(
    'own-api-challenge-smuggled',
    async () => {
      const before = await stepUps();
      const outcome = await scene.call();
      assert.equal(await stepUps(), before);
      return outcome;
    },
    mayRefresh,
  );
  hostile('own-api-acr-script', call, mayRefresh);
  hostile('own-api-cookie', call);
});
