/**
 * `auth.fetch` beside `window.fetch`: each case (tests/e2e/parity/) runs through both in the same page against the same
 * server, and whatever can be seen of the two calls, in the page and by the server, is compared.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startEchoApi } from '../server/echo-api.mjs';
import * as groups from './parity/cases.js';
import { differences } from './parity/differences.js';
import { browserName } from './support/browser.mjs';
import { startWorld } from './support/world.mjs';

// Nobody listens on the first; browsers refuse the second by themselves.
const NOWHERE = ['http://127.0.0.1:9', 'http://127.0.0.1:6000'];

for (const host of ['shared', 'dedicated']) {
  describe(`auth.fetch is window.fetch, through a ${host} worker (${browserName})`, () => {
    let world;
    let echo;
    let page;
    before(async () => {
      echo = await startEchoApi();
      world = await startWorld({
        provider: { accessTokenSeconds: 3600 },
        moreApis: [echo.origin, ...NOWHERE],
        roots: [{ prefix: '/parity/', directory: fileURLToPath(new URL('parity', import.meta.url)) }],
      });
      page = await world.openPage();
      await page.useOptions(
        world.options({
          host,
          resources: [echo.origin, ...NOWHERE].map((origin) => `${origin}/`),
          // Where a service worker is in charge, Firefox keeps requests going that were given up before their answer
          // came, those of a bare fetch, too (docs/staying-signed-in.md).
          escrow: browserName !== 'firefox',
        }),
      );
      await page.open('/');
      await page.signIn();
    });
    after(async () => {
      await world?.close();
      await echo?.close();
    });

    /** What the page and the server saw of a case. */
    async function observe(group, index, number, run) {
      const seen = await page.run(async (call) => (await import('/parity/runner.js')).runCase(call), {
        group,
        index,
        number,
        run,
        origin: echo.origin,
      });
      const calls = echo.calls(run, number);
      if (run === 'auth') for (const { headers } of calls) assert.match(headers.authorization, /^Bearer \S/);
      return { page: seen, server: calls.map((call) => comparable(call, run)) };
    }

    let number = 0;
    for (const [group, cases] of Object.entries(groups)) {
      describe(group, () => {
        cases.forEach(({ name, differs: given, isUnseen }, index) => {
          const differs = typeof given === 'object' ? given[browserName] : given;
          it(name, async () => {
            number += 1;
            const bare = await observe(group, index, number, 'bare');
            const auth = await observe(group, index, number, 'auth');
            if (isUnseen) bare.server = auth.server = null;
            if (!differs) return assert.deepEqual(auth, bare);
            assert.ok(differences[differs], `${differs} is not in the list`);
            assert.notDeepEqual(auth, bare, 'the difference is gone, and the list still has it');
          });
        });
      });
    }

    it('each difference of the list is shown by a case', () => {
      const shown = Object.values(groups).flatMap((cases) =>
        cases.flatMap(({ differs }) =>
          typeof differs === 'object' ? Object.values(differs) : (differs ?? []),
        ),
      );
      assert.deepEqual([...new Set(shown)].sort(), Object.keys(differences).sort());
    });
  });
}

/** What the browser itself says of the way: Chromium's shared workers have no client hints. */
const TRANSPORT = /^(authorization|connection|sec-ch-ua.*|sec-fetch-storage-access)$/;

/** What arrived, without what no two calls have in common. */
function comparable({ method, path, headers, body }, run) {
  const rest = Object.fromEntries(Object.entries(headers).filter(([name]) => !TRANSPORT.test(name)));
  const text = Buffer.from(body ?? '', 'base64').toString();
  const boundary = rest['content-type']?.startsWith('multipart/') && /^--(\S+?)(--)?\r\n/.exec(text)?.[1];
  if (boundary) {
    rest['content-type'] = rest['content-type'].replace(boundary, 'BOUNDARY');
    body = text.replaceAll(boundary, 'BOUNDARY');
    rest['content-length'] = `${Buffer.byteLength(body)}, with the other boundary`;
  }
  return { method, path: path.replace(`/${run}/`, '/'), headers: rest, body };
}
