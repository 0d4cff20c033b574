/**
 * What an app is told where `worker.js` and `escrow.js` are not the files that belong to its code: left over from another
 * version, missing, or answered with the app's own page. In an app that a bundler has built, in a node_modules of links, as
 * pnpm makes it.
 */
import assert from 'node:assert/strict';
import { existsSync, lstatSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { browserName } from '../e2e/support/browser.mjs';
import { listen } from '../server/listen.mjs';
import { appFiles, folderOf } from './bundlers/support/app-files.mjs';
import { ExamplePage, serveBuilt, startExampleWorld } from './support/example.mjs';
import { layOutProject } from './support/project.mjs';

const hosts = ['shared', 'dedicated'];

describe(`the files that an app serves (${browserName})`, () => {
  let world;
  let project;
  let page;
  let site;
  const file = (name) => path.join(project.folder, 'www', name);
  const init = (...more) => project.run('npx', ['holdfast', 'init', 'www/holdfast', ...more]);
  const serve = async () => (site = await serveBuilt(world, path.join(project.folder, 'www')));

  before(async () => {
    world = await startExampleWorld();
    project = await layOutProject('files', {
      from: folderOf('esbuild'),
      files: {
        ...appFiles(world, 'esbuild', { file: 'www/index.html', script: '/assets/main.js' }),
        '.npmrc': 'install-strategy=linked\n',
      },
    });
    await project.run('npm', ['run', 'build']);
  });
  after(() => world?.close());
  afterEach(async () => {
    await site?.close();
    site = undefined;
    if (project) await init();
  });

  /** A browser that has never seen this app: no worker of another test lives on there, and no escrow is registered. */
  async function newBrowser() {
    const { driver } = await world.openPage();
    page = new ExamplePage({ ...world, driver });
  }

  async function failure(variant) {
    await page.open(`/?variant=${variant}`);
    await page.untilShown('status', 'failed');
    return { code: await page.text('error'), message: await page.text('message') };
  }

  it('are copied out of a package that is only linked into node_modules', async () => {
    assert.ok(lstatSync(path.join(project.folder, 'node_modules/holdfast')).isSymbolicLink());
    for (const name of ['worker.js', 'escrow.js']) {
      assert.deepEqual(
        readFileSync(file(`holdfast/${name}`)),
        readFileSync(path.join(project.folder, 'node_modules/holdfast', name)),
      );
    }
    await init('--check');
  });

  it('worker.js of another version: the check of CI fails, and the page says which command to run', async () => {
    const text = readFileSync(file('holdfast/worker.js'), 'utf8');
    const version = /\d+\.\d+\.\d+\+[\w-]+/;
    assert.match(text, version);
    writeFileSync(file('holdfast/worker.js'), text.replaceAll(new RegExp(version, 'g'), '0.0.9+0badc0de'));
    await assert.rejects(init('--check'), /worker\.js is not the file of .*npx holdfast init www\/holdfast/);
    await serve();
    await newBrowser();
    for (const host of hosts) {
      const { code, message } = await failure(`assets-${host}`);
      assert.equal(code, 'version_mismatch');
      assert.match(message, /`npx holdfast init`/);
    }
    await init();
    for (const host of hosts) {
      await page.open(`/?variant=assets-${host}`);
      // No worker of the old file has stayed.
      await page.untilShown('status', 'signed out');
    }
  });

  it('worker.js is missing', async () => {
    renameSync(file('holdfast/worker.js'), file('holdfast/renamed.js'));
    await assert.rejects(init('--check'), /worker\.js is not the file of/);
    await serve();
    await newBrowser();
    for (const host of hosts) {
      const { code, message } = await failure(`assets-${host}`);
      assert.equal(code, 'worker_failed');
      assert.match(message, /`assetsUrl`/);
    }
  });

  it('the host answers with index.html for worker.js, as many do for what is missing', async () => {
    renameSync(file('holdfast/worker.js'), file('holdfast/renamed.js'));
    site = await serveWithRewrites(world, path.join(project.folder, 'www'));
    assert.match(await (await fetch(`${world.origin}/holdfast/worker.js`)).text(), /<!doctype html>/);
    await newBrowser();
    for (const host of hosts) {
      const { code, message } = await failure(`assets-${host}`);
      assert.equal(code, 'worker_failed');
      assert.match(message, /`assetsUrl` serves worker\.js, not HTML/);
    }
  });

  it('escrow.js is missing: sign-in works, and a warning says what will not', async () => {
    renameSync(file('holdfast/escrow.js'), file('holdfast/renamed.js'));
    await assert.rejects(init('--check'), /escrow\.js is not the file of/);
    await serve();
    await newBrowser();
    await page.open('/?variant=assets-dedicated');
    await page.untilShown('status', 'signed out');
    assert.match(await page.text('message'), /without escrow\.js reloads may sign out/);
    await page.click('sign-in');
    await page.typeCredentials();
    await page.untilShown('status', 'signed in');
    await page.call(world);
    await page.click('sign-out');
    await page.untilShown('status', 'signed out');
  });
});

/** A host that answers every address without a file with the app's page and status 200. */
function serveWithRewrites({ port }, directory) {
  const types = { '.js': 'text/javascript', '.html': 'text/html' };
  return listen(
    (request, response) => {
      const asked = path.join(directory, path.normalize(new URL(request.url, 'http://site').pathname));
      const found = path.extname(asked) && existsSync(asked) ? asked : path.join(directory, 'index.html');
      response.setHeader('Content-Type', types[path.extname(found)]);
      response.end(readFileSync(found));
    },
    { port, host: 'localhost' },
  );
}
