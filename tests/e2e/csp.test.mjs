/**
 * The policies that docs/csp.md asks for, as it writes them: a whole session violates none of them, in the page and in the
 * worker. Controls show that a violation would have been heard of, and that Trusted Types are enforced where there are any.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { startListener } from './support/listener.mjs';
import { prepareStrictApp, STRICT_PAGE_CSP, StrictPage, watchWorker } from './support/strict-app.mjs';
import { temporaryFolder } from './support/temporary.mjs';
import { waitFor } from './support/wait.mjs';
import { startWorld } from './support/world.mjs';

const setUps = [
  { name: 'scriptUrl and the escrow', trusted: 'scriptUrl', escrow: true },
  { name: 'a worker that the app made, and no escrow', trusted: 'worker', escrow: false },
];

for (const host of ['shared', 'dedicated']) {
  for (const { name, trusted, escrow } of setUps) {
    describe(`a strict policy: ${host} vault, ${name} (${browserName})`, () => {
      let world;
      let page;
      let folder;
      let elsewhere;
      before(async () => {
        folder = await temporaryFolder();
        elsewhere = await startListener();
        await prepareStrictApp(folder.path);
        world = await startWorld({
          page: '/strict.html',
          afterSignOut: '/signed-out',
          provider: { accessTokenSeconds: 2 },
          roots: [{ prefix: '/strict/', directory: folder.path }],
          pageCsp: STRICT_PAGE_CSP,
          withEscrow: escrow,
          prepareAssets: watchWorker,
        });
        page = new StrictPage(await world.openPage(), folder.path);
        await page.useOptions({ ...world.options({ host, escrow }), trusted }, '/strict.html');
      });
      after(async () => {
        await world?.close();
        await elsewhere?.close();
        await folder?.remove();
      });

      const call = () =>
        page.run(async (url) => (await window.auth.fetch(url)).status, `${world.apiOrigin}/me`);
      const violations = () =>
        page.driver.executeScript("return JSON.parse(localStorage.getItem('csp-violations') ?? '[]')");

      it('signs in', async () => {
        await page.open('/');
        assert.equal((await page.seen()).error, null);
        await page.signIn();
        assert.equal(await page.run(() => window.auth.isAuthenticated()), true);
      });

      it('calls, lets the token expire, refreshes', async () => {
        assert.equal(await call(), 200);
        await world.untilExpired(world.secrets.last('access token'));
        assert.equal(await call(), 200);
        assert.equal(world.refreshes().length, 1);
      });

      it('streams an answer, and sends a body', async () => {
        const text = await page.run(async (url) => {
          const body = new FormData();
          body.append('file', new Blob(['some bytes']), 'file.txt');
          const response = await window.auth.fetch(url, { method: 'POST', body });
          return response.status;
        }, `${world.apiOrigin}/echo/raw`);
        assert.equal(text, 200);
      });

      it('is reloaded', async () => {
        await page.open('/');
        assert.equal((await page.seen()).error, null);
        if (escrow) assert.equal(await call(), 200);
        else await page.signIn();
      });

      it('signs out', async () => {
        await page.signOut();
        assert.equal(await page.run(() => window.auth.isAuthenticated()), false);
      });

      it('and violated nothing on the way', async () => {
        assert.deepEqual(await violations(), []);
        assert.deepEqual(world.cspReports, []);
      });

      it('though a violation in the page would have been heard of', async () => {
        await page.run((url) => fetch(url).catch(() => {}), elsewhere.origin);
        await waitFor(() => world.cspReports.length > 0, 'a report');
        assert.match(JSON.stringify(world.cspReports), /connect-src/);
        const [first] = await violations();
        assert.equal(first.where, 'page');
      });

      it('and in the worker', async () => {
        const reports = world.cspReports.length;
        await page.run((url) => window.cspWatch.postMessage({ violate: url }), elsewhere.origin);
        const ofWorker = async () => (await violations()).filter(({ where }) => where === 'worker');
        const isHeard = async () => (await ofWorker()).some(({ refused }) => refused === elsewhere.origin);
        await waitFor(isHeard, 'the refusal of a request in the worker');
        // WebKit enforces the policy of a worker, and tells nobody: neither by an event nor by a report.
        if (browserName !== 'webkit') {
          await waitFor(() => world.cspReports.length > reports, 'a report from the worker');
          const directives = (await ofWorker()).map(({ effectiveDirective }) => effectiveDirective);
          assert.ok(directives.includes('connect-src'), directives.join());
        }
        assert.deepEqual(elsewhere.requests, []);
      });

      it('Trusted Types are enforced: a string is no address for a worker', async () => {
        const outcome = await page.run(() => {
          if (!window.trustedTypes) return 'this browser has none';
          try {
            new Worker('/holdfast/worker.js').terminate();
            return 'a worker was started';
          } catch (error) {
            return error.name;
          }
        });
        assert.equal(outcome, 'TypeError');
      });
    });
  }
}
