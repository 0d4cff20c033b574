/**
 * Script in the page wants the session that lies in the escrow, at the best of times: its vault is gone, and it is
 * anybody's who looks like a vault. It asks by every means that a page has. It may destroy the session; it must not get it.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { browserName } from '../support/browser.mjs';
import { escrowTools, startEscrowWorld } from '../support/escrow-world.mjs';
import { startListener } from '../support/listener.mjs';
import { waitFor } from '../support/wait.mjs';
import { startWorld } from '../support/world.mjs';

const CANARY = 'canary-7d1f0c52-refresh-token';
const OPTIONS = { fingerprint: 'victim', ticket: 'victim: ticket' };
const REFUSED = ['nothing', undefined];

describe(`nobody but a vault gets what lies in the escrow (${browserName})`, () => {
  let world;
  let page;
  let tools;
  before(async () => {
    world = await startEscrowWorld();
    page = await world.openPage();
    tools = escrowTools(page);
  });
  after(() => world?.close());

  /** Whether a thief has left service workers behind. */
  let isSpoilt = true;

  /** A vault leaves its session behind, in a page where the thief listens to everything. */
  beforeEach(async () => {
    await page.open('/escrow.html');
    if (isSpoilt) {
      await page.run(async () => {
        for (const registration of await navigator.serviceWorker.getRegistrations())
          await registration.unregister();
      });
      await page.open('/escrow.html');
      await tools.register();
      await tools.reload();
      isSpoilt = false;
    }
    await listen();
    await tools.start('victim');
    await tools.park('victim', 'victim', 'ticket', CANARY);
    await tools.end('victim');
  });

  /** Everything that reaches the page in any way goes to `window.loot`. */
  const listen = () =>
    page.run(() => {
      window.loot = [];
      const take = ({ data }) => window.loot.push(JSON.stringify(data));
      window.addEventListener('message', take);
      navigator.serviceWorker.addEventListener('message', take);
      navigator.serviceWorker.startMessages();
      for (const name of ['holdfast', 'escrow']) new BroadcastChannel(name).onmessage = take;
    });

  /** What the thief has, and what lies where it can look later. */
  const loot = () =>
    page.run(async () => {
      const stored = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })];
      for (const name of await caches.keys()) stored.push(name);
      for (const { name } of await indexedDB.databases()) stored.push(name);
      const entries = JSON.stringify(performance.getEntries());
      return [...window.loot, ...stored, entries, document.cookie, location.href].join('\n');
    });

  afterEach(async () => {
    const all = await loot();
    assert.ok(!all.includes(CANARY), 'the thief has the session');
  });

  /** The control: what was refused to the thief was there to be had. */
  const assertStillThere = async () => {
    await tools.start('heir');
    const answer = await waitFor(async () => {
      const now = await tools.claim('heir', 'victim');
      return now.type === 'state' && now;
    }, 'the session, for a vault');
    assert.equal(answer.state, CANARY);
  };

  /** The messages that a thief might send, run in the realm that `realm` names by a function of the page. */
  const askFrom = (realm, ...args) =>
    page.run(
      async (source, given, options) => {
        const { fetch } = await (0, eval)(`(${source})`)(...given);
        const answers = [];
        for (const type of ['hello', 'claim', 'park', 'carry']) {
          for (const url of ['https://escrow.invalid/', '/holdfast/escrow']) {
            const message = { type, version: 'x', state: 'x', id: null, url: '/', timeout: 1000, ...options };
            const answer = await fetch(url, { method: 'POST', body: JSON.stringify(message) }).then(
              async (response) => ({ status: response.status, text: await response.text() }),
              ({ name }) => ({ error: name }),
            );
            answers.push(answer);
            window.loot.push(JSON.stringify(answer));
          }
        }
        return answers;
      },
      String(realm),
      args,
      OPTIONS,
    );

  const assertRefused = (answers) => {
    for (const { error, status, text } of answers)
      assert.ok(error || status >= 400, `${status}: ${text?.slice(0, 100)}`);
  };

  it('not the page', async () => {
    assertRefused(await askFrom(() => window));
    await assertStillThere();
  });

  for (const path of ['/holdfast/worker.js', '/holdfast/escrow.js', '/holdfast/frame']) {
    it(`not a frame at ${path}`, async () => {
      const answers = await askFrom(
        (url) =>
          new Promise((resolve) => {
            const frame = document.createElement('iframe');
            frame.onload = () => resolve(frame.contentWindow);
            frame.src = url;
            document.body.append(frame);
          }),
        path,
      );
      assertRefused(answers);
      await assertStillThere();
    });
  }

  it('not an empty frame in a frame of the folder', async () => {
    const answers = await askFrom(async () => {
      const open = (parent, url) =>
        new Promise((resolve) => {
          const frame = parent.createElement('iframe');
          frame.onload = () => resolve(frame.contentWindow);
          if (url) frame.src = url;
          parent.body.append(frame);
        });
      const outer = await open(document, '/holdfast/frame');
      return open(outer.document);
    });
    assertRefused(answers);
    await assertStillThere();
  });

  /** Lets a worker ask that `make`, a function of the page, starts; the asker's own script, at other addresses. */
  const askThrough = (make, ...args) =>
    page.run(
      async (source, given, options) => {
        const worker = await (0, eval)(`(${source})`)(...given);
        const port = worker.port ?? worker;
        const answers = [];
        for (const type of ['hello', 'claim', 'park']) {
          const answer = await new Promise((resolve) => {
            worker.onerror = () => resolve({ answer: { error: 'could not be started' } });
            port.onmessage = ({ data }) => resolve(data);
            port.postMessage({ id: 1, message: { type, state: 'x', id: null, ...options } });
          });
          answers.push(answer.answer);
          window.loot.push(JSON.stringify(answer));
        }
        return answers;
      },
      String(make),
      args,
      OPTIONS,
    );

  const inFrame = async (url, kind) => {
    const frame = document.createElement('iframe');
    await new Promise((resolve) => {
      frame.onload = resolve;
      frame.src = '/holdfast/frame';
      document.body.append(frame);
    });
    const { Worker, SharedWorker, Blob, URL } = frame.contentWindow;
    const source = await (await fetch('/holdfast/worker.js')).text();
    const script = url ?? URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
    return kind === 'shared' ? new SharedWorker(script) : new Worker(script);
  };

  for (const kind of ['dedicated', 'shared']) {
    it(`not a ${kind} worker from a blob, made in a frame of the folder`, async () => {
      for (const { type, error } of await askThrough(inFrame, null, kind))
        assert.ok(error || REFUSED.includes(type), type);
      await assertStillThere();
    });

    for (const name of ['other.js', 'worker.js?', 'worker.js?x=1', './/worker.js']) {
      it(`not a ${kind} worker at ${name}`, async () => {
        for (const make of [
          (url, which) => (which === 'shared' ? new SharedWorker(url) : new Worker(url)),
          inFrame,
        ]) {
          for (const { type, error } of await askThrough(make, `/holdfast/${name}`, kind))
            assert.ok(error || REFUSED.includes(type), type);
        }
        await assertStillThere();
      });
    }
  }

  it('not a vault of another configuration', async () => {
    await tools.start('vault');
    for (const fingerprint of ['', 'victi', 'victim ', 'VICTIM', '__proto__', null, {}, ['victim']]) {
      const message = { fingerprint, ticket: 'victim: ticket', state: 'mine', id: 'id', url: '/', form: '' };
      for (const type of ['claim', 'park', 'carry']) {
        const answer = await tools.ask('vault', { ...message, type, timeout: 1000 });
        assert.ok(['nothing', 'lost'].includes(answer.type), `${type} ${JSON.stringify(fingerprint)}`);
      }
    }
    await assertStillThere();
  });

  it('not who sends a message to the service worker', async () => {
    await page.run(async (options) => {
      const { active } = await navigator.serviceWorker.getRegistration('/holdfast/');
      for (const type of ['hello', 'claim', 'park', 'fetch']) {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => window.loot.push(JSON.stringify(data));
        active.postMessage({ type, ...options }, [port2]);
      }
    }, OPTIONS);
    // The escrow answers in the order in which it was asked.
    await assertStillThere();
    assert.equal(await page.run(() => window.loot.length), 0);
  });

  for (const [script, options] of [
    ['/holdfast/escrow.js?x', {}],
    ['/holdfast/escrow.js', { scope: '/holdfast/worker.js' }],
    ['/holdfast/other.js', {}],
    ['/holdfast/worker.js', {}],
    ['/holdfast/worker.js', { scope: '/holdfast/worker.js' }],
  ]) {
    for (const first of ['beside', 'in the place of']) {
      const where = options.scope ? ` for ${options.scope}` : '';
      it(`not who registers ${script}${where} ${first} the escrow`, async () => {
        isSpoilt = true;
        await page.run(async (isAlone) => {
          const registration = await navigator.serviceWorker.getRegistration('/holdfast/');
          if (isAlone) await registration.unregister();
        }, first !== 'beside');
        // An escrow that is to take the place of another one waits for a vault; any other script waits for there to be none.
        if (script.includes('escrow.js')) await tools.start('vault');
        await tools.register(script, options);
        const active = await page.run(
          async (all) => {
            const registrations = await navigator.serviceWorker.getRegistrations();
            for (const { active } of registrations) active.postMessage({ id: 1, message: all });
            return registrations.length;
          },
          { type: 'claim', ...OPTIONS },
        );
        assert.ok(active > 0);
        assertRefused(await askFrom(() => window));
        for (const { type, error } of await askThrough(inFrame, '/holdfast/other.js', 'dedicated'))
          assert.ok(error || REFUSED.includes(type), type);
        // Whether a vault still finds its session is another question; it is a vault.
        await tools.start('vault');
        const { state = CANARY } = await tools.claim('vault', 'victim');
        assert.equal(state, CANARY);
      });
    }
  }

  it('not who wants a wider scope', async () => {
    const error = await page.run(() =>
      navigator.serviceWorker.register('/holdfast/escrow.js', { scope: '/' }).then(
        () => 'registered',
        ({ name }) => name,
      ),
    );
    assert.equal(error, 'SecurityError');
    await assertStillThere();
  });
});

for (const host of ['shared', 'dedicated']) {
  describe(`the vault itself, started by a thief in a ${host} worker, gets nothing (${browserName})`, () => {
    let world;
    let page;
    let attacker;
    before(async () => {
      attacker = await startListener({ answersAtOnce: true });
      world = await startWorld({ moreApis: [attacker.origin] });
      page = await world.openPage();
      await page.useOptions(world.options({ host }));
      await page.open('/');
      await page.signIn();
      // The next page starts no vault. The session waits in the escrow.
      await page.run(() => sessionStorage.removeItem('e2e-options'));
      await page.driver.navigate().refresh();
      await page.ready();
    });
    after(async () => {
      await world?.close();
      await attacker?.close();
    });

    const attempt = (options, url) =>
      page.run(
        async (given, target) => {
          const auth = await window.e2e.createAuthClient(given);
          const isSignedIn = await auth.checkSession();
          const answer = await auth.fetch(target).then(
            ({ status }) => status,
            ({ code }) => code,
          );
          auth.close();
          return { isSignedIn, answer };
        },
        options,
        url,
      );

    const wrong = {
      'with a resource of the thief': () => ({ resources: [`${world.apiOrigin}/`, `${attacker.origin}/`] }),
      'with the API named differently': () => ({ resources: [`${world.apiOrigin}/me`] }),
      'with the issuer of the thief': () => ({ issuer: attacker.origin }),
      'with a token endpoint of the thief': () => ({
        metadata: {
          issuer: world.issuer,
          authorization_endpoint: `${world.issuer}/auth`,
          token_endpoint: `${attacker.origin}/token`,
          jwks_uri: `${world.issuer}/jwks`,
          response_types_supported: ['code'],
        },
      }),
      'with another redirect URI': () => ({ redirectUri: `${world.siteOrigin}/open-redirect` }),
      'with another client id': () => ({ clientId: 'another' }),
    };
    for (const [name, change] of Object.entries(wrong)) {
      it(name, async () => {
        const changed = world.options({ host, ...change() });
        const answer = await attempt(changed, changed.resources.at(-1));
        assert.deepEqual(answer, { isSignedIn: false, answer: 'login_required' });
        assert.deepEqual(attacker.requests, []);
      });
    }

    it('while it is there for the vault of the app', async () => {
      const answer = await attempt(world.options({ host }), `${world.apiOrigin}/me`);
      assert.deepEqual(answer, { isSignedIn: true, answer: 200 });
      assert.equal(world.refreshes().length, 0);
    });
  });
}
