/**
 * One app, built by one bundler: installed with the packed tarball, by its development server and as a production build,
 * loaded in a browser and really signed in. In four variants: the vault's files in a folder of the app's (`assetsUrl`), or
 * where the bundler puts worker.js; a SharedWorker, or a dedicated worker. What came of each is compared with
 * results.json, from which the table in docs/bundlers.md is made.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { browserName } from '../../../e2e/support/browser.mjs';
import { freePort, startProgram } from '../../../e2e/support/program.mjs';
import { waitFor } from '../../../e2e/support/wait.mjs';
import { measuredRows, results } from '../../../../tools/lib/bundler-rows.mjs';
import { root } from '../../../../tools/lib/paths.mjs';
import { ExamplePage, serveBuilt, startExampleWorld } from '../../support/example.mjs';
import { layOutProject } from '../../support/project.mjs';
import { appFiles, folderOf } from './app-files.mjs';

const variants = ['assets-shared', 'assets-dedicated', 'bundled-shared', 'bundled-dedicated'];
const bundledOnly = variants.filter((variant) => variant.startsWith('bundled'));

/** Nothing is sent anywhere, no browser is opened, and nothing is asked. */
const quiet = {
  CI: '1',
  BROWSER: 'none',
  NEXT_TELEMETRY_DISABLED: '1',
  NG_CLI_ANALYTICS: 'false',
  NO_COLOR: '1',
};

/**
 * @param {string} name of the folder with what is special to the bundler; its package.json has scripts `dev` and `build`,
 *   and may have `start`, the production build's own server
 * @param {object} settings
 * @param {string} settings.bundler what people call it
 * @param {string} [settings.package] the npm package whose version counts
 * @param {{ file: string, script?: string, head?: string }} [settings.page] where the page goes, and what it loads
 * @param {string} [settings.output] what the production build makes
 * @param {{ prefix: string, directory: string }[]} [settings.roots] further folders that are served with it
 * @param {Record<string, string>} [settings.more] further modes, each with the script that starts a development server or
 *   (`build...`) builds: only the variants with the bundler's URL
 * @param {(project: object) => void} [settings.also] further tests, in each of the modes
 */
export function testBundler(name, settings) {
  const { scripts = {} } = JSON.parse(readFileSync(path.join(root, folderOf(name), 'package.json'), 'utf8'));
  const modes = [
    ...(scripts.dev ? [['development', 'dev', variants]] : []),
    ['production', 'build', variants],
    ...Object.entries(settings.more ?? {}).map(([mode, script]) => [mode, script, bundledOnly]),
  ];

  describe(`${name} (${browserName})`, () => {
    const context = { name, settings };
    const measured = { bundler: settings.bundler, package: settings.package };
    before(async () => {
      const ports = [];
      for (const _ of modes) ports.push(await freePort());
      context.origins = ports.map((port) => `http://localhost:${port}`);
      context.world = await startExampleWorld({
        provider: { accessTokenSeconds: 60 },
        moreOrigins: context.origins,
      });
      context.project = await layOutProject(`bundler-${name}`, {
        from: folderOf(name),
        files: appFiles(context.world, name, settings.page),
      });
      if (settings.package) measured.version = installedVersion(context);
    });
    after(async () => {
      await context.world?.close();
      writeRow(name, measured);
    });

    it('is the version of the table', () => {
      assert.equal(measured.version, results()[name]?.version, 'node tools/bundler-table.mjs --measured');
    });

    modes.forEach(([mode, script, tried], index) => {
      describe(mode, () => {
        let served;
        const site = () => ({ ...context.world, origin: context.origins[index] });
        before(async () => {
          const begun = performance.now();
          served = await serve(context, script, site());
          console.log(`${name}: npm run ${script}: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
        });
        after(() => served?.close());

        settings.also?.({ it, site, mode });
        for (const variant of tried) {
          it(variant, async () => {
            const outcome = await outcomeOf(site(), variant);
            (measured[mode] ??= {})[variant] = outcome;
            const expected = results()[name]?.[mode]?.[variant];
            assert.equal(outcome, expected, 'see results.json, and node tools/bundler-table.mjs --measured');
          });
        }
      });
    });
  });
}

/** Signs in, calls and signs out; answers `works`, or the code of the error that the client could not be made for. */
async function outcomeOf(site, variant) {
  const page = new ExamplePage(site);
  // Nobody is signed in at the server, whatever was tried before.
  await site.driver.get(`${site.issuer}/.well-known/openid-configuration`);
  await site.driver.manage().deleteAllCookies();
  await page.open(`/?variant=${variant}`);
  let status;
  const isKnown = async () => ['signed out', 'failed'].includes((status = await page.text('status')));
  await waitFor(isKnown, 'the app to have a client, or not', { timeoutMs: 30_000 });
  if (status === 'failed') {
    const message = await page.text('message');
    assert.match(message, /`assetsUrl`/, 'the error says what to do');
    return page.text('error');
  }
  await page.click('sign-in');
  await page.typeCredentials();
  await page.untilShown('status', 'signed in');
  await page.untilShown('user', 'Ada Lovelace');
  await page.call(site);
  await page.click('sign-out');
  await page.untilShown('status', 'signed out');
  return 'works';
}

function installedVersion({ project, settings }) {
  const file = path.join(project.folder, 'node_modules', settings.package, 'package.json');
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

/** Builds, and serves as a static host would; or starts the bundler's own server. */
async function serve({ project, settings, world }, script, { origin }) {
  const { port } = new URL(origin);
  const builds = script.startsWith('build');
  if (builds) await project.run('npm', ['run', script], { env: quiet, timeoutSeconds: 300 });
  const { scripts } = JSON.parse(readFileSync(path.join(project.folder, 'package.json'), 'utf8'));
  if (builds && !scripts.start) {
    const roots = (settings.roots ?? []).map((each) => ({
      ...each,
      directory: path.join(project.folder, each.directory),
    }));
    const directory = path.join(project.folder, settings.output);
    return serveBuilt({ ...world, port: Number(port) }, directory, {
      roots: [{ prefix: '/', directory }, ...roots],
    });
  }
  const program = startProgram('npm', ['run', builds ? 'start' : script], {
    cwd: project.folder,
    env: { ...quiet, PORT: port },
    stdin: 'pipe',
  });
  const failed = program.exit.then(() => Promise.reject(new Error('it has ended')));
  const answers = async () => (await fetch(origin)).ok;
  try {
    await Promise.race([failed, waitFor(answers, 'its page', { timeoutMs: 120_000 })]);
  } catch (error) {
    await program.stop();
    error.message = `\`npm run ${script}\`: ${error.message}\n${program.output.slice(-3000)}`;
    throw error;
  }
  return { close: () => program.stop() };
}

function writeRow(name, row) {
  mkdirSync(measuredRows, { recursive: true });
  writeFileSync(path.join(measuredRows, `${name}.json`), JSON.stringify(row, null, 2));
}
