/**
 * Importing an entry of the package does nothing: a server that renders the page has no window, and a bundler drops what
 * is not used, since `sideEffects` says that it may. Each entry is run in a world without a window, with every other
 * package replaced by one that answers anything; it must neither fail nor leave anything there.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { runAlone, unbuiltProblem } from '../lib/check.mjs';

export const name = 'importing an entry of the package needs no window, and has no effect';
export const needs = ['package'];

/** What servers have, too, whichever it is. */
const everywhere = { AbortController, Event, EventTarget, TextDecoder, TextEncoder, URL, URLSearchParams };

const anything = {
  name: 'anything',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[^./]/ }, ({ path: specifier, kind }) =>
      kind === 'entry-point' ? undefined : { path: specifier, namespace: 'anything' },
    );
    onLoad({ filter: /./, namespace: 'anything' }, () => ({
      contents: `
        const answer = () => anything;
        const get = (target, name) => (name === 'prototype' ? target.prototype : anything);
        const anything = new Proxy(function () {}, { get, apply: answer, getPrototypeOf: answer });
        module.exports = anything;`,
    }));
  },
};

export async function run({ root }) {
  const absent = unbuiltProblem(root);
  if (absent.length > 0) return absent;
  const folder = path.join(root, 'pkg');
  const { exports, sideEffects = true } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const files = Object.values(exports)
    .map((entry) => entry.default ?? entry)
    .filter((file) => file.endsWith('.js') && !hasEffects(sideEffects, file));
  const problems = await Promise.all(files.map((file) => effectsOf(folder, file)));
  return problems.flat();
}

const hasEffects = (sideEffects, file) =>
  Array.isArray(sideEffects) ? sideEffects.includes(file) : sideEffects;

async function effectsOf(folder, file) {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: [file],
    bundle: true,
    write: false,
    format: 'iife',
    logLevel: 'silent',
    // Here nothing may be dropped: what it does is the question.
    treeShaking: false,
    define: { 'import.meta.url': '"https://app.example/index.js"' },
    plugins: [anything],
  });
  const world = createContext({ ...everywhere });
  const before = new Set(Object.getOwnPropertyNames(world));
  try {
    runInContext(outputFiles[0].text, world);
  } catch (error) {
    return [`pkg/${path.normalize(file)}: can't be imported where there is no window: ${error.message}`];
  }
  return Object.getOwnPropertyNames(world)
    .filter((each) => !before.has(each))
    .map((each) => `pkg/${path.normalize(file)}: importing it defines the global ${each}`);
}

await runAlone(import.meta, name, run);
