/**
 * `auth.diagnose()` and the option `logger`: what they tell, and that none of it is a secret, or about a person. The report
 * of a start that failed, too.
 */
import assert from 'node:assert/strict';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { findLeaks } from './support/leaks.mjs';
import { startListener } from './support/listener.mjs';
import { startWorld } from './support/world.mjs';

const ALL = ['debug', 'info', 'warn', 'error'];
const NAME = 'Zaphod Quillfeather';
/** What only this person, this page and these calls have in them. */
const PERSONAL = ['zaphod', 'quillfeather', 'xylophone', '/me', '/status', '/echo', 'picture'];
const STALE = '9.9.9+00000000';

/** Another folder, with a worker.js of another version. */
async function addStaleFolder(folder) {
  await mkdir(join(folder, 'stale'));
  await cp(join(folder, 'escrow.js'), join(folder, 'stale/escrow.js'));
  const script = await readFile(join(folder, 'worker.js'), 'utf8');
  await writeFile(join(folder, 'stale/worker.js'), script.replaceAll(/\d+\.\d+\.\d+\+[\da-f]{8}/g, STALE));
}

const report = (page) => page.run(() => window.auth.diagnose());
const logOf = (page) => page.run(() => window.e2e.log);
const stepOf = (diagnosis, name) => {
  const { outcome, reason } = diagnosis.start.find(({ step }) => step === name);
  return { outcome, reason };
};

for (const host of browserName === 'webkit' ? ['dedicated'] : ['shared', 'dedicated']) {
  describe(`a session with a logger, in a ${host} worker (${browserName})`, () => {
    let world;
    let page;
    let elsewhere;
    const told = []; // everything that the logger heard, on all pages
    before(async () => {
      elsewhere = await startListener();
      world = await startWorld({ provider: { accessTokenSeconds: 2 }, moreApis: [elsewhere.origin] });
      page = await world.openPage();
      await page.useOptions(world.options({ host, logged: ALL }));
      await page.open('/start?instrument=xylophone');
    });
    after(async () => {
      await world?.close();
      await elsewhere?.close();
    });

    /** Takes what the logger has heard so far on this page. */
    const take = async () => {
      const entries = await page.run(() => window.e2e.log.splice(0));
      told.push(...entries);
      return entries;
    };
    const refuseRefresh = (status, body) =>
      world.provider.faults.push({ grantType: 'refresh_token', status, body });

    it('nobody is signed in: the report says what was tried', async () => {
      const diagnosis = await report(page);
      assert.equal(diagnosis.format, 1);
      assert.equal(diagnosis.versions.vault, diagnosis.versions.page);
      assert.equal(diagnosis.failure, null);
      assert.equal(diagnosis.host.runsIn, host);
      assert.deepEqual(diagnosis.files.worker, {
        status: 200,
        isScript: true,
        version: diagnosis.versions.page,
        csp: 'allows_wasm',
      });
      assert.equal(diagnosis.escrow.registration, 'active');
      assert.equal(diagnosis.escrow.isUsed, true);
      assert.deepEqual(stepOf(diagnosis, 'live_vault'), { outcome: 'none', reason: null });
      assert.deepEqual(stepOf(diagnosis, 'escrow'), { outcome: 'nothing', reason: null });
      assert.deepEqual(stepOf(diagnosis, 'quiet_sign_in'), { outcome: 'not_tried', reason: 'not_asked' });
      assert.deepEqual(stepOf(diagnosis, 'session'), { outcome: 'signed_out', reason: null });
      assert.equal(diagnosis.session.isSignedIn, false);
      assert.equal(diagnosis.server, null);
      assert.deepEqual(diagnosis.configuration.resources, [world.apiOrigin]);
      assert.deepEqual([diagnosis.configuration.provider, diagnosis.configuration.par], [null, 'auto']);
      assert.equal(diagnosis.browser.indexedDb, true);
      assert.equal(diagnosis.page.isInFrame, false);
    });

    it('the logger hears the start, in the order in which it happened', async () => {
      const entries = await take();
      const events = entries.map(({ event }) => event);
      const order = ['page_started', 'vault_started', 'page_joined', 'escrow_claim', 'page_answered'];
      assert.deepEqual(events.filter((event) => order.includes(event)), order); // prettier-ignore
      const [started] = entries;
      assert.equal(started.from, 'page');
      assert.equal(started.host, host);
      assert.match(started.message, /^[A-Z].*\.$/);
      assert.ok(Math.abs(Date.now() - started.time) < 3_600_000);
    });

    it('it hears a sign-in', async () => {
      await page.startSignIn({ appState: { instrument: 'xylophone' } });
      await page.typeCredentials(NAME);
      await page.ready();
      assert.equal((await page.seen()).error, null);
      const entries = await take();
      const signedIn = entries.find(({ event }) => event === 'signed_in');
      assert.equal(signedIn.refreshToken, true);
      assert.equal(signedIn.expiresInSeconds, 2);
      const endpoints = entries.filter(({ event }) => event === 'server_request').map((it) => it.endpoint);
      assert.ok(endpoints.includes('code'), `${endpoints}`);
    });

    it('it hears a call, a refresh and what fails', async () => {
      await world.untilExpired(world.secrets.last('access token'));
      await page.run(async (api, other) => {
        const call = (url, init) => window.auth.fetch(url, init).catch(() => {});
        await call(`${api}/me?instrument=xylophone`);
        await call(`${api}/status/500?instrument=xylophone`);
        await call(`${other}/xylophone`);
        await call(`${api}/me`, { headers: { authorization: 'Bearer xylophone' } });
      }, world.apiOrigin, elsewhere.origin); // prettier-ignore
      const entries = await take();
      const facts = (name) => entries.filter(({ event }) => event === name);
      assert.equal(facts('call_sent').length, 2);
      assert.equal(facts('call_sent')[0].origin, world.apiOrigin);
      assert.equal(facts('call_sent')[0].method, 'GET');
      assert.deepEqual(
        facts('call_answered').map(({ status }) => status),
        [200, 500],
      );
      assert.equal(facts('refresh_started')[0].reason, 'expired');
      assert.equal(facts('refresh_ended')[0].rotated, true);
      assert.deepEqual(
        facts('failed').map(({ level, code, phase }) => [level, code, phase]),
        [
          ['error', 'resource_not_allowed', 'fetch'],
          ['error', 'authorization_header', 'fetch'],
        ],
      );
      assert.deepEqual(
        facts('page_call_failed').map(({ call, code }) => [call, code]),
        [
          ['fetch', 'resource_not_allowed'],
          ['fetch', 'authorization_header'],
        ],
      );
    });

    it("it hears a refresh that the server refuses, in the server's code and not in its words", async () => {
      const call = () =>
        page.run(async (url) => {
          await window.auth.fetch(url).catch(() => {});
        }, `${world.apiOrigin}/me`);
      await world.untilExpired(world.secrets.last('access token'));
      refuseRefresh(400, { error: 'interaction_required', error_description: `${NAME} is away` });
      await call();
      const [failed] = (await take()).filter(({ event }) => event === 'failed');
      assert.deepEqual(
        [failed.code, failed.status, failed.oauthError],
        ['interaction_required', 400, 'interaction_required'],
      );
      // After the pause in which nobody is sent to the server again.
      await page.run(() => window.auth.logout({ localOnly: true }));
      await page.signIn({ name: NAME });
      await world.untilExpired(world.secrets.last('access token'));
      refuseRefresh(400, { error: 'invalid_grant', error_description: `${NAME} is gone` });
      await call();
      const [expired] = (await take()).filter(({ event }) => event === 'session_expired');
      assert.deepEqual(
        [expired.reason, expired.status, expired.oauthError],
        ['refused', 400, 'invalid_grant'],
      );
    });

    it('the report has the errors, the counts and why the session ended', async () => {
      const diagnosis = await report(page);
      assert.deepEqual(stepOf(diagnosis, 'session'), { outcome: 'signed_out', reason: 'refused' });
      assert.equal(diagnosis.session.hasExpired, true);
      const last = diagnosis.errors.find(({ code, phase }) => code === 'session_expired' && phase === null);
      assert.equal(last.status, 400);
      assert.equal(last.oauthError, 'invalid_grant');
      assert.ok(diagnosis.counts.calls >= 1);
      assert.equal(diagnosis.counts.session_expired, 1);
      assert.equal(diagnosis.server.endSession, true);
      assert.ok(diagnosis.server.idTokenAlgorithms.length > 0);
      assert.ok(Math.abs(diagnosis.clockAheadSeconds) <= 60);
    });

    it('a session is described, and not whose it is', async () => {
      await page.signIn({ name: NAME });
      const diagnosis = await report(page);
      assert.equal(diagnosis.session.isSignedIn, true);
      assert.equal(diagnosis.session.hasRefreshToken, true);
      assert.equal(diagnosis.session.isDpopBound, false);
      assert.deepEqual(diagnosis.session.accessTokens.map(({ target }) => target), [0]); // prettier-ignore
      assert.ok(diagnosis.session.accessTokens[0].expiresInSeconds <= 2);
      assert.match(diagnosis.escrow.lastDeposit, /^(new|kept)$/);
    });

    it('no entry and no report holds a secret, or anything of the person', async () => {
      await take();
      const diagnosis = await report(page);
      const records = [
        { where: 'report', text: JSON.stringify(diagnosis) },
        ...told.map((entry) => ({ where: `log: ${entry.event}`, text: JSON.stringify(entry) })),
      ];
      assert.ok(told.length > 30, `${told.length} entries`);
      assert.ok(world.secrets.ofKind('refresh token').length >= 2);
      assert.deepEqual(findLeaks(records, world.secrets.all), []);
      for (const { where, text } of records) {
        for (const word of PERSONAL) {
          assert.ok(!text.toLowerCase().includes(word), `${where} holds "${word}": ${text}`);
        }
      }
    });

    it('after a reload, the report says where the session comes from', async () => {
      await page.driver.navigate().refresh();
      await page.ready();
      const diagnosis = await report(page);
      assert.equal(diagnosis.session.isSignedIn, true);
      if (stepOf(diagnosis, 'live_vault').outcome === 'none') {
        assert.equal(stepOf(diagnosis, 'escrow').outcome, 'state');
        assert.equal(stepOf(diagnosis, 'session').reason, 'session_adopted');
      } else {
        assert.equal(host, 'shared');
      }
    });
  });
}

describe(`levels and starts that fail (${browserName})`, () => {
  let world;
  let page;
  before(async () => {
    world = await startWorld({ prepareAssets: addStaleFolder });
    page = await world.openPage();
    await page.useOptions(null);
    await page.open('/start');
  });
  after(() => world?.close());

  /** The messages of a client of these options, until after one call, and what its logger heard. */
  const messagesOf = (options) =>
    page.run(async (given, url) => {
      const { e2e } = window;
      const types = [];
      const original = Worker.prototype.addEventListener;
      Worker.prototype.addEventListener = function (type, listener, ...rest) {
        const heard = (event) => {
          types.push(event.data?.type);
          listener.call(this, event);
        };
        return original.call(this, type, type === 'message' ? heard : listener, ...rest);
      };
      try {
        const auth = await e2e.createAuthClient(e2e.withLogger(given));
        await auth.fetch(url).catch(() => {});
        await auth.checkSession();
        auth.close();
      } finally {
        Worker.prototype.addEventListener = original;
      }
      return { types, entries: e2e.log ?? [] };
    }, options, `${world.apiOrigin}/me`); // prettier-ignore

  it('without a logger, the vault sends no entry', async () => {
    const { types } = await messagesOf(world.options({ host: 'dedicated' }));
    assert.ok(types.includes('reply'));
    assert.ok(!types.includes('log'));
  });

  it('what the logger lacks is not sent to it, nor over the port', async () => {
    const { types, entries } = await messagesOf(world.options({ host: 'dedicated', logged: ['warn'] }));
    assert.deepEqual([...new Set(entries.map(({ level }) => level))], ['warn']);
    const fromVault = entries.filter(({ from }) => from === 'vault');
    assert.deepEqual(
      fromVault.map(({ event, code }) => [event, code]),
      [['failed', 'login_required']],
    );
    assert.equal(types.filter((type) => type === 'log').length, fromVault.length * 2);
  });

  it('a logger that throws breaks nothing', async () => {
    const isSignedIn = await page.run(
      async (options) => {
        addEventListener('error', (event) => event.preventDefault());
        const logger = { info: () => { throw new Error('a mistake of the app') } }; // prettier-ignore
        const auth = await window.e2e.createAuthClient({ ...options, logger });
        return auth.checkSession().finally(() => auth.close());
      },
      world.options({ host: 'dedicated' }),
    );
    assert.equal(isSignedIn, false);
  });

  const failedStart = (options) =>
    page.run(async (given) => {
      const { diagnose } = await import('/lib/holdfast/diagnose.js');
      const error = await window.e2e.createAuthClient(given).catch((thrown) => thrown);
      return diagnose(given, error);
    }, options);

  it('a start without worker.js: the report says that there is none', async () => {
    const options = world.options({ host: 'dedicated', assetsUrl: '/nowhere/', escrow: false });
    const diagnosis = await failedStart(options);
    assert.deepEqual(diagnosis.failure, { name: 'AuthError', code: 'worker_failed', phase: 'init' });
    assert.equal(diagnosis.versions.vault, null);
    assert.equal(diagnosis.host.runsIn, null);
    assert.equal(diagnosis.files.worker.status, 404);
    assert.equal(diagnosis.files.worker.isScript, false);
    assert.deepEqual([diagnosis.session, diagnosis.server, diagnosis.start], [null, null, []]);
  });

  it('a start with a stale worker.js: the report has both versions', async () => {
    const options = world.options({ host: 'dedicated', assetsUrl: '/holdfast/stale/', escrow: false });
    const diagnosis = await failedStart(options);
    assert.equal(diagnosis.failure.code, 'version_mismatch');
    assert.equal(diagnosis.files.worker.version, STALE);
    assert.notEqual(diagnosis.versions.page, STALE);
  });

  it('a start with wrong options: the report names them, and not what is in them', async () => {
    const diagnosis = await failedStart({
      issuer: 5,
      clientId: 'xylophone',
      host: 'dedicated',
      assetsUrl: '/holdfast/',
      provider: 'oidc-provider',
      par: 'off',
    });
    assert.equal(diagnosis.failure.code, 'invalid_options');
    const { configuration } = diagnosis;
    assert.deepEqual(configuration.options, ['assetsUrl', 'clientId', 'host', 'issuer', 'par', 'provider']);
    assert.deepEqual([configuration.provider, configuration.par], ['oidc-provider', 'off']);
    assert.ok(!JSON.stringify(diagnosis).includes('xylophone'));
    assert.equal((await failedStart(undefined)).failure.name, 'AuthError');
  });

  it('a vault that does not answer any more: the report says so', async () => {
    const diagnosis = await page.run(
      async (options) => {
        const auth = await window.e2e.createAuthClient(options);
        auth.close();
        return auth.diagnose();
      },
      world.options({ host: 'dedicated' }),
    );
    assert.deepEqual(diagnosis.failure, { name: 'AuthError', code: 'client_closed', phase: 'init' });
    assert.equal(diagnosis.versions.vault, null);
  });
});
