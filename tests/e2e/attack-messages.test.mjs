/** Script in the page has the page's way to the vault, and says what it likes there. */
import assert from 'node:assert/strict';
import { describeAttacks } from './support/attacks.mjs';

const other = (scene) => {
  const { origin } = scene.attacker;
  const { issuer, apiOrigin, siteOrigin } = scene.world;
  const metadata = {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${origin}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
  };
  return {
    resources: [`${apiOrigin}/`, `${origin}/`],
    issuer: origin,
    metadata,
    redirectUri: `${siteOrigin}/open-redirect`,
    clientId: 'another',
    scope: 'openid everything',
  };
};

/** `init` messages that differ in one option each from the one that the page has sent. */
const initsWith = (options) => {
  const { sent } = window.__attacker;
  const { message } = sent.find(({ message }) => message.type === 'init');
  return Object.entries(options).map(([name, value]) => ({
    ...message,
    options: { ...message.options, [name]: value },
  }));
};

describeAttacks('messages of an attacker', (attack) => {
  attack('messages of the page, sent again on its own port', async ({ page, world }) => {
    // A page that has just come back from the server, and has made a call.
    await page.run(() => window.auth.logout({ localOnly: true }));
    await page.signIn();
    await page.run(
      (url) => window.auth.fetch(url).then((response) => response.text()),
      `${world.apiOrigin}/me`,
    );
    const answers = await page.run(async () => {
      const { sent, line, ask, word } = window.__attacker;
      const answers = [];
      for (const { message } of [...sent]) {
        if (['init', 'handleCallback', 'fetch'].includes(message.type))
          answers.push(`${message.type}: ${word(await ask(line(), message))}`);
      }
      return [...new Set(answers)].join('; ');
    });
    return answers;
  });

  attack('a second `init` with other options, on the port of the page', async (scene) => {
    const codes = await scene.page.run(
      async (source, options, url) => {
        const { line, ask, word } = window.__attacker;
        const inits = (0, eval)(`(${source})`)(options);
        const codes = [];
        for (const init of inits) codes.push(word(await ask(line(), init)));
        const request = { url, init: { method: 'GET', headers: [] } };
        codes.push(word(await ask(line(), { type: 'fetch', request })));
        return codes;
      },
      String(initsWith),
      other(scene),
      `${scene.attacker.origin}/`,
    );
    return [...new Set(codes)].join('; ');
  });

  attack('the log and the report of the vault', async ({ page, world }) => {
    world.refuse(world.secrets.last('access token'));
    return page.run(async (url) => {
      const { auth, __attacker, __probe } = window;
      const { line, ask, word } = __attacker;
      const heard = [];
      const hear = ({ data }) => data?.type === 'log' && heard.push(data.entry);
      line().addEventListener('message', hear);
      line().postMessage({ type: 'listen', events: Array.from({ length: 256 }, (_, number) => number) });
      await (await auth.fetch(url)).text();
      const answer = await ask(line(), { type: 'diagnose' });
      line().postMessage({ type: 'listen', events: [] });
      line().removeEventListener('message', hear);
      __probe.note('log and report', [heard, answer]);
      const has = (event) => heard.some(([, number]) => number === event);
      // log-events.ts: a call went out, and a refresh ended.
      const holds = has(3) && has(24) ? 'the log holds the call and the refresh' : 'the log lacks them';
      return `diagnose: ${word(answer)}; ${holds}`;
    }, `${world.apiOrigin}/me`);
  });

  attack('errors that quote what the server was sent', async ({ page, world }) => {
    world.refuse(world.secrets.last('access token'));
    const token = world.secrets.last('refresh token');
    world.provider.faults.push({
      grantType: 'refresh_token',
      status: 400,
      body: {
        error: 'interaction_required',
        error_description: `${token} is no good`,
        error_uri: `x:${token}`,
      },
    });
    const code = await page.run(async (url) => {
      const { auth, e2e, __probe } = window;
      const error = await auth.fetch(url).catch((thrown) => thrown);
      __probe.note('an error', [error, error.cause, error.oauth, error.stack, JSON.stringify(error)]);
      __probe.note('events', e2e.events);
      return error.code;
    }, `${world.apiOrigin}/me`);
    // The server asks for a sign-in.
    await page.run(() => window.auth.logout({ localOnly: true }));
    await page.signIn();
    return code;
  });
});

describeAttacks(
  'a port of its own',
  (attack) => {
    attack("a port of its own, to the app's vault", async (scene) => {
      const words = await scene.page.run(
        async (source, options, url) => {
          const { ask, word, sent } = window.__attacker;
          const { url: script, options: named } = window.e2e.workers.at(-1);
          const { port } = new SharedWorker(script, named);
          const request = { url, init: { method: 'GET', headers: [] } };
          const words = [];
          const say = async (message) => words.push(`${message.type}: ${word(await ask(port, message))}`);
          await say({ type: 'fetch', request });
          await say({ type: 'signOut', options: {} });
          for (const init of (0, eval)(`(${source})`)(options)) await say(init);
          await say({ type: 'fetch', request });
          const { message } = sent.find(({ message }) => message.type === 'init');
          await say(message);
          await say({ type: 'fetch', request });
          return [...new Set(words)];
        },
        String(initsWith),
        other(scene),
        `${scene.attacker.origin}/`,
      );
      assert.deepEqual(scene.attacker.requests, []);
      return words.join('; ');
    });
  },
  { hosts: ['shared'] },
);
