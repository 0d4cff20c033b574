/** The Angular example as a real project: which versions, what the tests put beside it, and the CLI's development server. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../../../tools/lib/paths.mjs';
import { startProgram } from '../../e2e/support/program.mjs';
import { waitFor } from '../../e2e/support/wait.mjs';
import { exampleSettings } from './example.mjs';
import { layOutProject } from './project.mjs';

const example = 'www/examples/angular';
const own = fileURLToPath(new URL('../angular/', import.meta.url));

/** What the versions before the example's own take. Up to 20 zone.js is what `ng new` sets up. */
export const olderVersions = {
  19: { framework: '19.2.25', tools: '19.2.27', typescript: '5.8.3', usesZone: true },
  20: { framework: '20.3.35', tools: '20.3.41', typescript: '5.9.3', usesZone: true },
  21: { framework: '21.2.26', tools: '21.2.27', typescript: '5.9.3', usesZone: false },
};

/** All of them where the environment asks for all, otherwise one a day. */
export function versionsOfToday(versions = Object.keys(olderVersions)) {
  if (process.env.HOLDFAST_ECOSYSTEM === 'all') return versions;
  const day = Math.floor(Date.now() / 86_400_000);
  return [versions[day % versions.length]];
}

/**
 * Lays the example out. Its `main.ts` gives way to one that also serves the tests' page at /probe.
 *
 * @param {string} name of the scratch folder
 * @param {object} world what `startExampleWorld` answered
 * @param {number} [version] an older one
 */
export async function layOutAngular(name, world, version) {
  const older = olderVersions[version];
  const { folder, run } = await layOutProject(name, {
    from: example,
    files: {
      'src/settings.ts': exampleSettings(world),
      'package.json': JSON.stringify(manifest(older)),
      'angular.json': JSON.stringify(configuration(older)),
      ...(older ? {} : probeFiles()),
    },
  });
  const environment = { NG_CLI_ANALYTICS: 'false', NO_COLOR: '1' };
  return {
    folder,
    output: path.join(folder, 'dist/browser'),
    build: () => run('ng', ['build'], { env: environment }),
    /** The CLI's development server; with zone.js in the page. */
    async serve(port) {
      const bin = path.join(folder, 'node_modules/.bin');
      const command = `cd "$0" && exec ng serve --host localhost --port ${port} --configuration zone`;
      const program = startProgram('sh', ['-c', command, folder], {
        env: { ...environment, PATH: `${bin}${path.delimiter}${process.env.PATH}` },
      });
      const url = `http://localhost:${port}/`;
      await waitFor(
        async () => {
          if (program.exited) throw new Error(program.output);
          return (await fetch(url)).ok;
        },
        'the development server',
        { timeoutMs: 120_000, everyMs: 200 },
      );
      return { close: () => program.stop() };
    },
  };
}

const read = (file) => JSON.parse(readFileSync(path.join(root, example, file), 'utf8'));

function manifest(older) {
  const given = read('package.json');
  given.dependencies['zone.js'] = older ? '0.15.1' : '0.16.3';
  if (!older) return given;
  for (const kind of ['dependencies', 'devDependencies']) {
    for (const name of Object.keys(given[kind])) {
      if (/^@angular\/(build|cli)$/.test(name)) given[kind][name] = older.tools;
      else if (name.startsWith('@angular/')) given[kind][name] = older.framework;
      else if (name === 'typescript') given[kind][name] = older.typescript;
    }
  }
  return given;
}

function configuration(older) {
  const given = read('angular.json');
  const { build, serve } = given.projects.app.architect;
  if (older?.usesZone) build.options.polyfills = ['zone.js'];
  build.configurations.zone = { ...build.configurations.development, polyfills: ['zone.js'] };
  serve.configurations.zone = { buildTarget: 'app:build:zone' };
  return given;
}

function probeFiles() {
  const files = ['main.ts', 'probe.ts', 'units.ts', 'cases.js', 'cases.d.ts'];
  return Object.fromEntries(files.map((file) => [`src/${file}`, readFileSync(path.join(own, file), 'utf8')]));
}
