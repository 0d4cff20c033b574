/** The Vue example, with the Vue of today and with the oldest that is supported: its own tests, and the walk through it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { browserName } from '../e2e/support/browser.mjs';
import { waitFor } from '../e2e/support/wait.mjs';
import {
  ExamplePage,
  exampleSettings,
  serveBuilt,
  startExampleWorld,
  walkThroughExample,
} from './support/example.mjs';
import { layOutProject } from './support/project.mjs';

const versions = {
  vue: {},
  'vue-3.4': { vue: '3.4.38', 'vue-router': '4.5.1' },
};

/** Tests of the adapter itself, which run beside the example's own. */
const adapterTests = Object.fromEntries(
  ['adapter', 'server'].map((name) => {
    const file = `${name}.test.js`;
    return [file, readFileSync(new URL(`vue/${file}`, import.meta.url), 'utf8')];
  }),
);

for (const [name, dependencies] of Object.entries(versions)) {
  describe(`the example of ${name} (${browserName})`, () => {
    let world;
    let site;
    let project;
    before(async () => {
      world = await startExampleWorld();
      project = await layOutProject(name, {
        from: 'www/examples/vue',
        files: { 'src/settings.js': exampleSettings(world), ...adapterTests },
        dependencies,
      });
      await project.run('npm', ['run', 'build']);
      site = await serveBuilt(world, path.join(project.folder, 'dist'));
    });
    after(async () => {
      await site?.close();
      await world?.close();
    });

    walkThroughExample(it, () => world);

    it('sends a deep link through the sign-in, and back to it', async () => {
      const page = new ExamplePage(world);
      const place = '/orders?page=2#last';
      await page.open(place);
      await page.typeCredentials();
      await page.untilShown('orders', 'Orders of Ada Lovelace');
      assert.equal(await world.driver.getCurrentUrl(), world.origin + place);
    });

    it('lets who is signed in through, without a request', async () => {
      const page = new ExamplePage(world);
      const before = world.provider.tokenRequests.length;
      await world.driver.navigate().refresh();
      await page.untilShown('orders', 'Orders of Ada Lovelace');
      assert.equal(world.provider.tokenRequests.length, before);
    });

    it('shows a sign-in that the server refused, and does not try again', async () => {
      const page = new ExamplePage(world);
      await page.open('/callback?error=access_denied&state=unknown');
      await waitFor(async () => await page.text('error'), 'the error to be shown');
      await page.untilShown('status', 'signed in');
      assert.equal(await world.driver.getCurrentUrl(), `${world.origin}/callback`);
    });

    it('passes its own tests, and those of the adapter', async () => {
      const output = await project.run('npm', ['test'], { env: { NO_COLOR: '1', FORCE_COLOR: '0' } });
      assert.match(output, /Tests\s+29 passed \(29\)/);
    });
  });
}
