/** Who gets at an extension's vault, and at what it keeps: its own pages, no content script, no page of the web. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { findLeaks } from '../e2e/support/leaks.mjs';
import { waitFor } from '../e2e/support/wait.mjs';
import { classicBackground, Popup, startExtensionWorld } from './extension/world.mjs';

/** What a content script can try. It leaves what came of it in the page's document. */
const contentScript = `
  (async () => {
    const attempt = (action) => Promise.resolve().then(action).catch((error) => error.code ?? error.message);
    const client = await attempt(async () => {
      const { createExtensionAuthClient } = await import(chrome.runtime.getURL('holdfast/extension.js'));
      await createExtensionAuthClient();
      return 'a client';
    });
    const raw = await new Promise((resolve) => {
      const heard = [];
      const port = chrome.runtime.connect({ name: 'holdfast' });
      port.onMessage.addListener((message) => heard.push(message));
      port.onDisconnect.addListener(() => resolve(heard));
      port.postMessage({ message: { type: 'checkSession', id: 1, options: null } });
    });
    const storage = await attempt(async () => JSON.stringify(await chrome.storage.session.get(null)));
    const changed = [];
    const heard = new Promise((resolve) => {
      chrome.storage.onChanged.addListener((changes, area) => {
        changed.push([area, Object.keys(changes)]);
        if (area === 'local') resolve();
      });
    });
    await chrome.runtime.sendMessage('write');
    await heard;
    document.documentElement.dataset.found = JSON.stringify({ client, raw, storage, changed });
  })();
`;

/** What the background does beside: it writes into both storages when it is told to, the one that all may see last. */
const writer = `
  chrome.runtime.onMessage.addListener((message, sender, answer) => {
    const { local, session } = chrome.storage;
    session.set({ probe: 1 }).then(() => local.set({ probe: 1 })).then(answer);
    return true;
  });
`;

/** Runs in the popup before everything else: notes what comes from the background. */
const spy = `
  window.heard = [];
  const { connect } = chrome.runtime;
  chrome.runtime.connect = (...args) => {
    const port = connect.apply(chrome.runtime, args);
    port.onMessage.addListener((message) => window.heard.push(JSON.stringify(message)));
    return port;
  };
`;

describe("an extension's vault (chromium)", () => {
  let world;
  let popup;
  before(async () => {
    world = await startExtensionWorld('chromium', 'extension-confinement', {
      files: (world) => ({
        'content.js': contentScript,
        'spy.js': spy,
        // No module this time.
        'background.js': `importScripts('holdfast/extension-worker.js');${classicBackground(world)}${writer}`,
      }),
      change(manifest) {
        delete manifest.background.type;
        manifest.content_scripts = [{ matches: ['http://localhost/*'], js: ['content.js'] }];
        manifest.web_accessible_resources = [{ resources: ['*'], matches: ['<all_urls>'] }];
      },
    });
    world.write(
      'popup.html',
      `<!doctype html><meta charset="utf-8"><script src="spy.js"></script>
       <script type="module" src="popup.js"></script>
       ${['status', 'user', 'answer'].map((name) => `<p data-testid="${name}"></p>`).join('')}
       ${['sign-in', 'call', 'sign-out'].map((name) => `<button data-testid="${name}">${name}</button>`).join('')}`,
    );
    popup = new Popup(world);
    await popup.open();
    await popup.untilShown('status', 'signed out');
    await popup.signIn();
    await popup.untilShown('status', 'signed in');
    await popup.call(world);
    await world.untilExpired(world.secrets.last('access token'));
    await popup.call(world);
  });
  after(() => world?.close());

  it('says nothing of a token to the popup, and puts none where a disk or another page has it', async () => {
    const records = await popup.run(async () => {
      const dump = { messages: window.heard, local: { ...localStorage }, session: { ...sessionStorage } };
      for (const area of ['local', 'sync']) dump[`storage.${area}`] = await chrome.storage[area].get(null);
      const done = (request) =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      dump.databases = [];
      for (const { name } of await indexedDB.databases()) {
        const database = await done(indexedDB.open(name));
        for (const store of database.objectStoreNames) {
          dump.databases.push(store, await done(database.transaction(store).objectStore(store).getAll()));
        }
        database.close();
      }
      dump.caches = await caches.keys();
      dump.document = document.documentElement.outerHTML;
      return Object.entries(dump).map(([where, what]) => ({ where, text: JSON.stringify(what) }));
    });
    assert.ok(records[0].text.includes('Ada Lovelace'), 'the messages were seen');
    assert.ok(world.secrets.ofKind('refresh token').length >= 2);
    assert.deepEqual(findLeaks(records, world.secrets.all), []);
  });

  it('makes a report in the popup that holds no token, and nothing of the person', async () => {
    const report = await popup.run(async () => {
      const { createExtensionAuthClient } = await import('/holdfast/extension.js');
      const auth = await createExtensionAuthClient();
      return auth.diagnose().finally(() => auth.close());
    });
    assert.equal(report.failure, null);
    assert.equal(report.host.runsIn, 'extension');
    assert.equal(report.versions.vault, report.versions.page);
    assert.equal(report.session.isSignedIn, true);
    assert.equal(report.escrow.isUsed, true);
    assert.ok(report.log.some(({ event }) => event === 'refresh_ended'));
    const text = JSON.stringify(report);
    assert.deepEqual(findLeaks([{ where: 'the report', text }], world.secrets.all), []);
    assert.doesNotMatch(text, /lovelace/i);
  });

  it('keeps the session in storage.session, where the own pages could read it', async () => {
    const text = await popup.run(async () => JSON.stringify(await chrome.storage.session.get(null)));
    const refreshToken = world.secrets.last('refresh token');
    const found = findLeaks([{ where: 'storage.session', text }], new Map([[refreshToken, 'refresh token']]));
    assert.equal(found.length, 1);
  });

  it('refuses a content script, which finds nothing in storage.session either', async () => {
    await world.driver.get(`${world.siteOrigin}/`);
    const read = () => world.driver.executeScript('return document.documentElement.dataset.found');
    const { client, raw, storage, changed } = JSON.parse(
      await waitFor(read, 'the content script to have tried'),
    );
    assert.equal(client, 'sender_refused');
    assert.deepEqual(
      raw.map(({ message }) => [message.type, message.error.code]),
      [['crashed', 'sender_refused']],
    );
    assert.match(storage, /Access to storage is not allowed from this context/);
    assert.deepEqual(changed, [['local', ['probe']]]);
  });

  it('is out of the reach of a web page', async () => {
    const found = await world.driver.executeScript((id) => {
      try {
        return String(window.chrome.runtime.connect(id, { name: 'holdfast' }));
      } catch (error) {
        return error.name;
      }
    }, new URL(world.home).host);
    assert.equal(found, 'TypeError');
  });

  it('has the options of its background, whatever a page says', async () => {
    const url = `${world.siteOrigin}/elsewhere`;
    await popup.open();
    await popup.untilShown('status', 'signed in');
    const heard = await popup.run((url) => {
      // The version is in no message to a page; what is refused for another one says it.
      const ask = (message, answers) =>
        new Promise((resolve) => {
          const heard = [];
          const port = chrome.runtime.connect({ name: 'holdfast' });
          port.onMessage.addListener(({ message }) => heard.push(message) === answers && resolve(heard));
          for (const each of message) port.postMessage({ message: each });
        });
      const options = { issuer: url, clientId: 'other', redirectUri: url, resources: [url] };
      const init = { type: 'init', id: 1, version: 'other', options, escrow: false, visible: true };
      return ask([init], 1).then(([{ error }]) => {
        const [, version] = /worker\.js of version (\S+?);/.exec(error.message);
        const call = { type: 'fetch', id: 2, request: { url, init: { headers: [] } } };
        return ask([{ ...init, version }, call], 2);
      });
    }, url);
    const [session, call] = ['reply', 'failure'].map((kind) => heard.find(({ type }) => type === kind));
    assert.equal(session.value.identity.user.name, 'Ada Lovelace');
    assert.equal(call.error.code, 'resource_not_allowed');
  });
});

/** The browser refuses to keep content scripts out; and what nobody has caught. */
const refusal = `
  chrome.storage.session.setAccessLevel = () => Promise.reject(new Error('refused'));
  const uncaught = [];
  addEventListener('unhandledrejection', ({ reason }) => uncaught.push(String(reason)));
  chrome.runtime.onMessage.addListener((message, sender, answer) => answer(uncaught));
`;

describe('an extension whose storage.session content scripts may read (chromium)', () => {
  let world;
  after(() => world?.close());

  it('keeps nothing there, and works for as long as its background lives', async () => {
    world = await startExtensionWorld('chromium', 'extension-confinement', {
      files: (world) => ({
        'background.js': `${refusal}importScripts('holdfast/extension-worker.js');${classicBackground(world)}`,
      }),
      change: (manifest) => delete manifest.background.type,
    });
    const popup = new Popup(world);
    await popup.open();
    await popup.untilShown('status', 'signed out');
    await popup.signIn();
    await popup.untilShown('status', 'signed in');
    await world.untilExpired(world.secrets.last('access token'));
    await popup.call(world);
    assert.deepEqual(await popup.run(() => chrome.storage.session.get(null)), {});
    assert.deepEqual(await popup.run(() => chrome.runtime.sendMessage('what was uncaught')), []);
  });
});
