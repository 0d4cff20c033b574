/** The Angular example, built by the real Angular CLI: zoneless in production, with zone.js from its development server. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startEchoApi } from '../server/echo-api.mjs';
import { browserName } from '../e2e/support/browser.mjs';
import { freePort } from '../e2e/support/program.mjs';
import { waitFor } from '../e2e/support/wait.mjs';
import { tokenRequests } from '../e2e/support/world.mjs';
import { cases } from './angular/cases.js';
import { differences } from './angular/differences.js';
import { outcomes } from './angular/outcomes.js';
import { layOutAngular } from './support/angular.mjs';
import { AngularProbe } from './support/angular-probe.mjs';
import { ExamplePage, serveBuilt, startExampleWorld, walkThroughExample } from './support/example.mjs';

// Nobody listens there.
const NOWHERE = 'http://127.0.0.1:9';

describe(`the Angular example (${browserName})`, () => {
  let world;
  let echo;
  let project;
  let site;
  const closers = [];
  before(async () => {
    echo = await startEchoApi();
    closers.push(() => echo.close());
    const developmentPort = await freePort();
    world = await startExampleWorld({
      moreOrigins: [`http://localhost:${developmentPort}`],
      moreApis: [echo.origin, NOWHERE],
      redirectPaths: ['/callback', '/probe'],
    });
    closers.push(() => world.close());
    world.development = { ...world, port: developmentPort, origin: `http://localhost:${developmentPort}` };
    project = await layOutAngular('angular', world);
    await project.build();
    site = await serveBuilt(world, project.output);
    closers.push(() => site.close());
  });
  after(async () => {
    for (const close of closers.reverse()) await close();
  });
  const page = () => new ExamplePage(world);

  describe('the production build', () => {
    walkThroughExample(it, () => world);

    it('a guarded place leads to the sign-in, and is there afterwards', async () => {
      await page().open('/profile?tab=1#more');
      await page().typeCredentials();
      await page().untilShown('status', 'signed in');
      await waitFor(async () => (await page().text('claims'))?.includes('Ada Lovelace'), 'the guarded place');
      assert.equal(await world.driver.getCurrentUrl(), `${world.origin}/profile?tab=1#more`);
      assert.equal(tokenRequests(world.provider, 'authorization_code').length, 2);
    });

    it('a guarded place opens at once for who is signed in', async () => {
      await page().open('/profile');
      await waitFor(async () => (await page().text('claims'))?.includes('Ada Lovelace'), 'the guarded place');
      assert.equal(tokenRequests(world.provider, 'authorization_code').length, 2);
    });
  });

  describe('the service, the guard and the interceptor', () => testUnits(() => world));

  describe("HttpClient through holdfast, beside Angular's own backends", () => {
    compareAll(() => world, ['fetch', 'xhr']);
  });

  describe('the development server, with zone.js', () => {
    const development = () => world.development;
    before(async () => {
      const server = await project.serve(development().port);
      closers.push(() => server.close());
    });

    it('signs in, calls, signs out', async () => {
      const page = new ExamplePage(development());
      await page.forgetServerSession();
      await page.open('/');
      await page.untilShown('status', 'signed out');
      await page.click('sign-in');
      await page.typeCredentials();
      await page.untilShown('status', 'signed in');
      await page.untilShown('user', 'Ada Lovelace');
      await page.call(world);
      await page.click('sign-out');
      await page.confirmSignOut();
      await page.untilShown('status', 'signed out');
    });

    describe('the service, the guard and the interceptor', () => testUnits(development));

    describe("HttpClient through holdfast, beside Angular's own backend", () =>
      compareAll(development, ['fetch']));
  });

  /** Where the CLI puts the files, or does not: the rows of the bundlers' table. */
  describe('without assetsUrl', () => {
    // Chromium 156 has lost sessionStorage, where the options are, between two pages of a tab that had shown very many.
    before(() => world.driver.switchTo().newWindow('tab'));

    for (const host of ['shared', 'dedicated']) {
      it(`a production build has no worker (${host})`, async () => {
        const { error, message } = await new AngularProbe(world).open({ host, assetsUrl: null });
        assert.equal(error, 'worker_failed');
        assert.match(message, /assetsUrl/);
      });

      it(`the development server has one (${host})`, async () => {
        const probe = new AngularProbe(world.development);
        await probe.open({ host, assetsUrl: null });
        assert.equal((await probe.signIn()).name, 'Ada Lovelace');
      });
    }
  });

  function testUnits(theWorld) {
    for (const [name, expected] of Object.entries(outcomes)) {
      it(name, async () => {
        assert.deepEqual(await new AngularProbe(theWorld()).unit(name), expected);
      });
    }
  }

  function compareAll(theWorld, backends) {
    let probe;
    let number = 0;
    before(async () => {
      probe = new AngularProbe(theWorld());
      await probe.open({
        resources: [echo.origin, NOWHERE].map((origin) => `${origin}/`),
        // Where a service worker is in charge, Firefox keeps requests going that were given up.
        escrow: browserName !== 'firefox',
      });
      await probe.signIn();
    });

    async function observe(way, index) {
      const run = `${way}-${theWorld().port}`;
      const seen = await probe.run(way, index, `${echo.origin}/${run}/${number}`);
      const calls = echo.calls(run, number);
      if (way === 'auth') for (const { headers } of calls) assert.match(headers.authorization, /^Bearer \S/);
      return {
        page: seen,
        server: cases[index].isUnseen ? null : calls.map((call) => comparable(call, run)),
      };
    }

    cases.forEach((each, index) => {
      it(each.name, async () => {
        number += 1;
        const auth = await observe('auth', index);
        for (const backend of backends) {
          // XMLHttpRequest tells of an answer that goes on when it likes.
          if (backend === 'xhr' && each.until > 0) continue;
          const own = await observe(backend, index);
          const [left, right] =
            backend === 'xhr' ? [withoutFetchFacts(auth), withoutFetchFacts(own)] : [auth, own];
          if (!each[backend]) assert.deepEqual(left, right, `not as with ${backend}`);
          else {
            assert.ok(differences[backend][each[backend]], `${each[backend]} is not in the list`);
            assert.notDeepEqual(
              left,
              right,
              `with ${backend}: the difference is gone, and the list still has it`,
            );
          }
        }
      });
    });

    it('a refresh changes no signal', async () => {
      await world.untilExpired(world.secrets.last('access token'));
      const before = tokenRequests(world.provider, 'refresh_token').length;
      await probe.run('auth', 0, `${echo.origin}/refresh/0`);
      assert.equal(tokenRequests(world.provider, 'refresh_token').length, before + 1);
      assert.deepEqual((await probe.ready()).states, [
        [true, null, null],
        [false, 'Ada Lovelace', null],
      ]);
    });
  }

  it('each difference of the list is shown by a case', () => {
    for (const backend of ['fetch', 'xhr']) {
      const shown = cases.map((each) => each[backend]).filter(Boolean);
      assert.deepEqual([...new Set(shown)].sort(), Object.keys(differences[backend]).sort());
    }
  });
});

/** What only a `fetch` can say of an answer. */
function withoutFetchFacts({ page, server }) {
  return { server, page: page.map(({ redirected, responseType, ...rest }) => rest) };
}

/** What the browser itself says of the way, and what no two calls have in common. */
const TRANSPORT = /^(authorization|connection|priority|sec-.*)$/;

function comparable({ method, path, headers, body }, run) {
  const rest = Object.fromEntries(Object.entries(headers).filter(([name]) => !TRANSPORT.test(name)));
  const text = Buffer.from(body ?? '', 'base64').toString();
  const boundary = rest['content-type']?.startsWith('multipart/') && /^--(\S+?)(--)?\r\n/.exec(text)?.[1];
  if (boundary) {
    rest['content-type'] = rest['content-type'].replace(boundary, 'BOUNDARY');
    body = text.replaceAll(boundary, 'BOUNDARY');
    delete rest['content-length'];
  }
  return { method, path: path.replace(`/${run}/`, '/'), headers: rest, body };
}
