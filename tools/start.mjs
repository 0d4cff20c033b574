/**
 * `npm start`: builds the package if need be and opens the demo: the app, a real authorization server, a real API.
 * Ctrl-C stops it. Other ports: HOLDFAST_SITE_PORT, HOLDFAST_ISSUER_PORT, HOLDFAST_API_PORT (0 for a free one).
 */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { bold, dim, red } from './lib/console.mjs';
import { root, scratch } from './lib/paths.mjs';
import { endChildrenOnSignals } from './lib/process.mjs';
import { ensureSetup, SetupError } from './setup.mjs';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const PORTS = [
  { use: 'the app', variable: 'HOLDFAST_SITE_PORT', usual: 5173, host: 'localhost' },
  { use: 'the authorization server', variable: 'HOLDFAST_ISSUER_PORT', usual: 9000, host: '127.0.0.1' },
  { use: 'the API', variable: 'HOLDFAST_API_PORT', usual: 9001, host: '127.0.0.1' },
];

/** A problem that the person can mend; shown without a stack. */
class Problem extends Error {}

try {
  await main();
} catch (error) {
  if (error instanceof Problem || error instanceof SetupError) console.error(red(error.message));
  else console.error(error);
  process.exit(1);
}

async function main() {
  endChildrenOnSignals();
  const ports = await freePorts(); // before a build that may take minutes
  await ensureSetup(['build']);
  const packageDirectory = await currentPackage();
  const assetsDirectory = await installAssets(packageDirectory);

  // From here on being stopped is the normal end, not a failure.
  for (const signal of STOP_SIGNALS) process.removeAllListeners(signal);
  const { startDemo } = await import('../tests/server/demo.mjs'); // needs what the set-up may just have installed
  const [sitePort, issuerPort, apiPort] = ports;
  const demo = await startDemo({ sitePort, issuerPort, apiPort, packageDirectory, assetsDirectory }).catch(
    explain,
  );
  for (const signal of STOP_SIGNALS) process.on(signal, () => stop(demo));
  stopWithNpm(demo);
  welcome(demo);
}

/** The package as users get it: built where a source has changed, packed, unpacked. */
async function currentPackage() {
  const { buildPackage } = await import('./build.mjs');
  const { packPackage } = await import('./pack.mjs');
  await buildPackage();
  return packPackage();
}

/** As an app does it: the package's own command copies what has to be served as files. */
async function installAssets(packageDirectory) {
  const folder = path.join(scratch, 'www', 'holdfast');
  await rm(folder, { recursive: true, force: true });
  const command = path.join(packageDirectory, 'bin', 'holdfast.mjs');
  await promisify(execFile)(process.execPath, [command, 'init', folder], { cwd: root });
  return folder;
}

async function freePorts() {
  const { listen } = await import('../tests/server/listen.mjs');
  const found = [];
  for (const { variable, usual, host } of PORTS) {
    const wanted = process.env[variable] ?? usual;
    const port = Number(wanted);
    if (!Number.isInteger(port) || port < 0 || port > 65535 || wanted === '') {
      throw new Problem(`${variable} is "${wanted}"; it must be a port number, for example ${usual}`);
    }
    const probe = await listen((request, response) => response.end(), { port, host }).catch(explain);
    found.push(probe);
  }
  // Closed together, so that a port that was drawn for one is not drawn again for the next.
  await Promise.all(found.map((probe) => probe.close()));
  return found.map((probe) => probe.port);
}

function explain(error) {
  if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
  const taken = PORTS.find(({ variable, usual }) => Number(process.env[variable] ?? usual) === error.port);
  const why = error.code === 'EACCES' ? 'may not be used' : 'is in use (by another npm start?)';
  throw new Problem(
    `Port ${error.port}, meant for ${taken?.use ?? 'the demo'}, ${why}.\n` +
      `Stop the other program, or choose another port: ${taken?.variable ?? 'HOLDFAST_SITE_PORT'}=0 npm start  (0: any free one)`,
  );
}

function welcome({ origin, provider, api }) {
  console.log(`
${bold('The demo is open:')} ${bold(`${origin}/`)}

  Press "Sign in". Any name and any password will do.
  An access token lives 5 seconds here: wait, call the API again, and watch one renewal.
  The playground lets the server behave otherwise, and shows who holds what: ${origin}/playground

  ${dim('authorization server')}  ${provider.issuer}
  ${dim('API')}                   ${api.origin}

Ctrl-C stops everything.`);
}

/** npm starts this through a shell, which ends at SIGTERM without passing it on: then the parent is gone. */
function stopWithNpm(demo) {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && stop(demo), 200).unref();
}

let stopping = false;
async function stop(demo) {
  if (stopping) return;
  stopping = true;
  // Whatever a connection does, the person who pressed Ctrl-C is not kept waiting.
  setTimeout(() => process.exit(0), 800).unref();
  await demo.close();
  process.exit(0);
}
