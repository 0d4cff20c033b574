/** What is kept of a measure: the data, and everything that says what it is worth. Nothing that names a machine's paths. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findBrowser } from '../../tools/lib/find.mjs';
import { root } from '../../tools/lib/paths.mjs';
import { fewWords } from './patience.mjs';

/** What the machine is, and what it runs. */
export async function surroundings(browsers) {
  const [processor] = os.cpus();
  return {
    machine: {
      processor: processor?.model.trim() ?? 'unknown processor',
      cores: os.cpus().length,
      memoryGigabytes: Math.round(os.totalmem() / 1024 ** 3),
      system: await systemName(),
    },
    node: process.versions.node,
    browsers: Object.fromEntries(
      await Promise.all(browsers.map(async (name) => [name, await nameVersion(name)])),
    ),
  };
}

/** The commit that is measured, with a word where files differ from it; null where git does not say. */
export async function commitOf(folder) {
  const git = async (...args) => (await promisify(execFile)('git', args, { cwd: folder })).stdout.trim();
  try {
    const isChanged = await git(
      'status',
      '--porcelain',
      '--untracked-files=no',
      '--',
      'src',
      'tools',
      'benches/apps',
    );
    return (await git('rev-parse', '--short=9', 'HEAD')) + (isChanged ? ', changed' : '');
  } catch {
    return null;
  }
}

/** @param {string} file @param {object} outcome */
export async function writeOutcome(file, outcome) {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${asText(outcome)}\n`);
}

/** Under these names stands what something failed with. */
const failing = new Set(['failure', 'error']);
const places = Object.entries({ [root]: '.', [os.tmpdir()]: '<tmp>', [os.homedir()]: '~' })
  .filter(([place]) => place.length > 1)
  .sort(([a], [b]) => b.length - a.length);

/** A text without the paths of this machine, and without what a URL of an answer proves. */
export function withoutPlaces(text) {
  const short = places.reduce(
    (all, [place, name]) => all.replaceAll(new RegExp(`${escaped(place)}(?![\\w-])`, 'g'), () => name),
    text,
  );
  return short.replace(/([?&#](?:code|state|access_token|id_token|refresh_token)=)[^&\s"'#]+/g, '$1…');
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Lists of numbers on one line, and no more digits than a clock has. */
export function asText(outcome) {
  const kept = (key, value) => {
    if (typeof value === 'string') return withoutPlaces(failing.has(key) ? fewWords(value) : value);
    return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
  };
  return JSON.stringify(outcome, kept, 1).replace(/\[[-\d\s.,e+]+\]/g, (list) => list.replace(/\s+/g, ''));
}

async function systemName() {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1] ?? `${os.type()} ${os.release()}`;
}

/** A browser that does not say it does not keep the others from being measured. */
async function nameVersion(name) {
  try {
    return await browserVersion(name);
  } catch (error) {
    return `unknown (${fewWords(error)})`;
  }
}

async function browserVersion(name) {
  if (name === 'webkit') return webkitVersion();
  const { binary } = findBrowser(name);
  if (!binary) return 'absent';
  const { stdout } = await promisify(execFile)(binary, ['--version']);
  return /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? stdout.trim();
}

/** MiniBrowser says it to WebDriver only. */
async function webkitVersion() {
  const { openBrowser } = await import('../../tests/e2e/support/browser.mjs');
  const browser = await openBrowser('webkit');
  try {
    return (await browser.driver.getCapabilities()).getBrowserVersion();
  } finally {
    await browser.close();
  }
}
