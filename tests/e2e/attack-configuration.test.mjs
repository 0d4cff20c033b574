/**
 * Script in the page starts vaults with settings of its own, or the vault's script itself, and wants the session that the app's
 * vault has.
 */
import assert from 'node:assert/strict';
import { describeAttacks } from './support/attacks.mjs';

/** What a second client with these settings gets: its state, or the error of its creation, and what a call to `url` does. */
const secondClient = (scene, changes, url) =>
  scene.page.run(
    async (options, target) => {
      try {
        const auth = await window.e2e.createAuthClient(options);
        const state = (await auth.checkSession()) ? 'signed in' : 'signed out';
        const answer = await auth.fetch(target).then(
          ({ status }) => status,
          ({ code }) => code,
        );
        auth.close();
        return `${state}, ${answer}`;
      } catch (error) {
        return error.code;
      }
    },
    scene.options(changes),
    url,
  );

const withoutLoot = ({ attacker }, happened) => {
  assert.deepEqual(attacker.requests, []);
  return happened;
};

describeAttacks('settings of an attacker', (attack) => {
  attack('a second client with origins that look like that of the API', async (scene) => {
    const { protocol, hostname, port } = new URL(scene.world.apiOrigin);
    const { attacker, page } = scene;
    const alike = [
      `${protocol}//${hostname}:${attacker.port}/`,
      `${protocol}//localhost:${attacker.port}/`,
      `${protocol}//2130706433:${attacker.port}/`,
      `${protocol}//[::ffff:${hostname}]:${attacker.port}/`,
    ];
    const happened = new Set();
    for (const url of alike) happened.add(await secondClient(scene, { resources: [url] }, url));
    // By the client that has the session.
    for (const url of [...alike, `${protocol}//${hostname}:${port}@${hostname}:${attacker.port}/`, `${protocol}//${hostname}:${port}\\@${hostname}:${attacker.port}/`]) {
      const code = await page.run((target) => window.auth.fetch(target).then(({ status }) => status, ({ code, name }) => code ?? name), url);
      assert.ok(['resource_not_allowed', 'TypeError', 404].includes(code), `${url}: ${code}`);
    } // prettier-ignore
    // Plain http is for this machine's own names alone.
    for (const words of happened) assert.match(words, /^(signed out, login_required|invalid_options)$/);
    return withoutLoot(scene, 'no session');
  });

  attack("a second client with the attacker's issuer", async (scene) => {
    const url = `${scene.world.apiOrigin}/me`;
    return withoutLoot(scene, await secondClient(scene, { issuer: scene.attacker.origin }, url));
  });

  attack("a second client with metadata that names the attacker's token endpoint", async (scene) => {
    const { issuer, apiOrigin } = scene.world;
    const metadata = {
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${scene.attacker.origin}/token`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
    };
    return withoutLoot(scene, await secondClient(scene, { metadata }, `${apiOrigin}/me`));
  });

  attack('a second client with exposeAccessToken', async (scene) => {
    const happened = await secondClient(scene, { exposeAccessToken: true }, `${scene.world.apiOrigin}/me`);
    assert.match(happened, /^(invalid_options|config_mismatch|signed out, login_required)$/);
    return withoutLoot(scene, 'no session');
  });

  attack("the vault's script, started directly under a name of its own", async (scene) => {
    const happened = await scene.page.run(
      async (host, url) => {
        const { ask, word, sent } = window.__attacker;
        const { message } = sent.find(({ message }) => message.type === 'init');
        const script = '/holdfast/worker.js';
        const worker = host === 'shared' ? new SharedWorker(script, { name: 'mine' }) : new Worker(script);
        const port = worker.port ?? worker;
        const hostile = { ...message, options: { ...message.options, resources: [`${url}/`] } };
        const request = { url: `${url}/`, init: { method: 'GET', headers: [] } };
        const words = [word(await ask(port, hostile)), word(await ask(port, { type: 'fetch', request }))];
        worker.terminate?.();
        worker.port?.postMessage({ type: 'close' });
        return words.join(', ');
      },
      scene.host,
      scene.attacker.origin,
    );
    return withoutLoot(scene, happened);
  });

  attack("the vault's script, started directly with the settings of the app", async (scene) => {
    const happened = await scene.page.run(
      async (host, url) => {
        const { ask, word, sent } = window.__attacker;
        const { message } = sent.find(({ message }) => message.type === 'init');
        const script = '/holdfast/worker.js';
        const worker =
          host === 'shared' ? new SharedWorker(script, { name: 'mine, too' }) : new Worker(script);
        const port = worker.port ?? worker;
        const request = { url, init: { method: 'GET', headers: [] } };
        const words = [word(await ask(port, message)), word(await ask(port, { type: 'fetch', request }))];
        worker.terminate?.();
        worker.port?.postMessage({ type: 'close' });
        return words.join(', ');
      },
      scene.host,
      `${scene.world.apiOrigin}/me`,
    );
    return happened;
  });

  attack(
    "the same, when the app's vault is gone",
    async (scene) => {
      const { page, host, world, attacker } = scene;
      const message = await page.run(
        () => window.__attacker.sent.find(({ message }) => message.type === 'init').message,
      );
      // The next page starts no vault; the session lies in the escrow, or (Chromium) in the shared vault that lives on.
      await page.useOptions(null);
      await page.open('/start');
      const [state, answer, elsewhere] = await page.run(
        async (kind, init, urls) => {
          const { ask, word } = window.__attacker;
          const script = '/holdfast/worker.js';
          const worker = kind === 'shared' ? new SharedWorker(script, { name: 'heir' }) : new Worker(script);
          const port = worker.port ?? worker;
          const words = [word(await ask(port, init))];
          for (const url of urls) {
            const request = { url, init: { method: 'GET', headers: [] } };
            words.push(word(await ask(port, { type: 'fetch', request })));
          }
          worker.terminate?.();
          worker.port?.postMessage({ type: 'close' });
          return words;
        },
        host,
        message,
        [`${world.apiOrigin}/me`, `${attacker.origin}/`],
      );
      assert.equal(elsewhere, 'resource_not_allowed');
      // Whether the app's vault is gone already is the browser's to say.
      assert.match(`${state}, ${answer}`, /^(signed in, response|reply, login_required)$/);
      return withoutLoot(scene, `at most what the app may; ${elsewhere} for the attacker's server`);
    },
    { endsSession: true },
  );
});

describeAttacks(
  'the name of the app',
  (attack) => {
    attack(
      "a shared vault under the app's own name, with other settings, before the app starts its own",
      async (scene) => {
        const { page, attacker } = scene;
        await page.run(() => window.auth.logout({ localOnly: true }));
        const [{ options }, { message }] = await page.run(() => [
          window.e2e.workers.at(-1),
          window.__attacker.sent.find(({ message }) => message.type === 'init'),
        ]);
        const name = options.name + ' ';
        await page.useOptions(null);
        await page.open('/start');
        const happened = await page.run(
          async (named, init, resource, given) => {
            const { ask, word } = window.__attacker;
            const { port } = new SharedWorker('/holdfast/worker.js', named);
            const words = [
              word(await ask(port, { ...init, options: { ...init.options, resources: [resource] } })),
            ];
            const app = await window.e2e
              .createAuthClient({ ...given, worker: () => new SharedWorker('/holdfast/worker.js', named) })
              .catch(({ code }) => code);
            words.push(app);
            port.postMessage({ type: 'close' });
            return words;
          },
          { ...options, name },
          message,
          `${attacker.origin}/`,
          scene.options(),
        );
        return withoutLoot(scene, `the attacker: ${happened[0]}; the app: ${happened[1]}`);
      },
      { endsSession: true },
    );
  },
  { hosts: ['shared'] },
);
