/**
 * The same table as the host tests have (tests/resource_matching.rs): how odd spellings of a URL are decided when the
 * browser itself has read them.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { browserName } from './support/browser.mjs';
import { startWorld } from './support/world.mjs';

const table = JSON.parse(
  await readFile(new URL('../vectors/resource-matching.json', import.meta.url), 'utf8'),
);

describe(`how URLs are matched (${browserName})`, () => {
  let world;
  let page;
  before(async () => {
    world = await startWorld({ provider: { accessTokenSeconds: 600 } });
    page = await world.openPage();
  });
  after(() => world?.close());

  /** The table has ports of its own. */
  const here = (url) =>
    url
      .replaceAll(new URL(table.api).port, new URL(world.apiOrigin).port)
      .replaceAll(new URL(table.page).port, new URL(world.siteOrigin).port);

  for (const [column, name, path] of [
    [1, 'a whole origin', ''],
    [2, 'a path', '/v1/'],
  ]) {
    it(`for ${name}`, async () => {
      await page.useOptions(world.options({ resources: [here(table.api) + path] }));
      await page.open(new URL(table.page).pathname + new URL(table.page).search);
      await page.signIn();
      const calls = world.api.requests.length;
      const urls = table.calls.map(([url]) => here(url));
      const decisions = await page.run(async (all) => {
        const decisions = [];
        for (const url of all) {
          const error = await window.auth.fetch(url).then(
            () => null,
            (thrown) => thrown,
          );
          decisions.push(error?.code ?? error?.name ?? 'allowed');
        }
        return decisions;
      }, urls);
      const words = { TypeError: 'invalid', resource_not_allowed: 'refused' };
      const decided = table.calls.map(([url], index) => [url, words[decisions[index]] ?? decisions[index]]);
      assert.deepEqual(
        decided,
        table.calls.map((row) => [row[0], row[column]]),
      );
      const allowed = table.calls.filter((row) => row[column] === 'allowed');
      assert.deepEqual(
        world.api.requests.slice(calls).map(({ authorization }) => authorization),
        allowed.map(() => 'valid'),
        'what was allowed arrived with its token, and nothing else did',
      );
    });
  }
});
