/**
 * The code in the documentation as a program that TypeScript can check. Each block becomes a module of its own; blocks
 * that begin with a comment naming a file (`// src/auth.ts`) become that file, for the other blocks of the page.
 *
 * What samples use without declaring it is declared in `given` below. A comment right before a block says more of it:
 *   <!-- options -->            members of the options of createAuthClient
 *   <!-- signatures -->         a list of the client's methods, compared with the types
 *   <!-- not compiled: why -->  for code that is no code of ours
 *   <!-- tests/e2e/libraries/x.js -->  cut from this file, which a test runs with the real package (library-samples.mjs)
 */
import { parse as parseVue } from 'vue/compiler-sfc';
import { fences } from './markdown.mjs';

/** Names that stand for something of the reader's app, and for the client itself. */
export const given = `
import type { AuthClient, AuthClientOptions, CallbackResult } from 'holdfast';
interface ScriptPolicy { createScriptURL(url: string): any }
/** An app knows what it gave as \`appState\`. */
interface Callback { handleRedirectCallback(url?: string): Promise<CallbackResult & { appState: any }> }
declare global {
  var auth: Omit<AuthClient, keyof Callback> & Callback;
  const api: string;
  const options: AuthClientOptions;
  /** Samples that leave options out do not import it. */
  const createAuthClient: (options: Partial<AuthClientOptions>) => Promise<AuthClient>;
  const form: FormData;
  const signal: AbortSignal;
  const showSignInButton: () => void;
  const askThePerson: (question: string) => Promise<boolean>;
  const offerReload: () => void;
  const show: (text: unknown) => void;
  var trustedTypes: { createPolicy(name: string, rules: ScriptPolicy): ScriptPolicy } | undefined;
  const workers: ScriptPolicy | undefined;
  interface WorkerOptions { extendedLifetime?: boolean }
  /** Of extensions. */
  const chrome: any;
  const browser: any;
  /** Of configuration files, which run in Node.js. */
  const module: any;
  const process: any;
  const require: any;
  const __dirname: string;
  /** In JavaScript nobody says which element it is. */
  interface Element { onclick: any }
}
`;

/** Packages that samples show and that the workspace does not install: their imports, and of their subpaths, are of any type. */
export const untyped = [
  '@angular/platform-browser',
  '@jest/globals',
  '@playwright/test',
  '@rollup/plugin-node-resolve',
  '@rspack/core',
  '@tanstack/react-query',
  '@tanstack/react-router',
  '@tanstack/vue-query',
  '@testing-library/angular',
  '@testing-library/jest-dom',
  '@testing-library/react',
  '@testing-library/user-event',
  '@testing-library/vue',
  '@vitejs/plugin-react',
  '@vitejs/plugin-vue',
  '@vue/test-utils',
  '@web/rollup-plugin-import-meta-assets',
  'copy-webpack-plugin',
  'next',
  'node:fs',
  'node:path',
  'node:url',
  'react-router',
  'react-router-dom',
  'rollup',
  'swr',
  'vitest',
  'webpack',
];

/** Whether a sample imports one of them: then nobody tells the types of its callbacks' parameters. */
export const importsUntyped = (code) =>
  untyped.some((name) => new RegExp(`['"]${name.replaceAll('/', '\\/')}(?:['"]|/)`).test(code));

const scripts = {
  js: 'js',
  mjs: 'js',
  javascript: 'js',
  jsx: 'jsx',
  ts: 'ts',
  mts: 'ts',
  typescript: 'ts',
  tsx: 'tsx',
};

/**
 * The files to compile, and what could not be made one.
 *
 * @returns {{ files: { path: string, code: string, page: string, line: number }[], problems: string[] }} `line`: where
 *   the file's first line stands in the page, minus the lines that were put before it
 */
export function snippetsOf(page, text) {
  const folder = page.replace(/\.md$/, '').replaceAll(/[^\w-]/g, '-');
  const files = [];
  const problems = [];
  for (const { language, code, line, marker = '' } of fences(text)) {
    if (marker.startsWith('not compiled')) {
      if (!/^not compiled: \S/.test(marker)) problems.push(`${page}:${line}: say why it is not compiled`);
      continue;
    }
    if (marker.startsWith('tests/e2e/libraries/')) continue;
    try {
      for (const script of scriptsOf(language, code)) {
        const path = `${folder}/${script.name ?? `at-line-${line}.${script.kind}`}`;
        if (files.some((file) => file.path === path)) throw new Error(`${script.name} is there twice`);
        files.push({ path, page, line: line + script.offset, ...wrapped(script, marker) });
      }
    } catch (error) {
      problems.push(`${page}:${line}: ${String(error.message).split('\n')[0]}`);
    }
  }
  return { files: [...files, ...stubs(folder, files)], problems };
}

function scriptsOf(language, code) {
  const kind = scripts[language];
  if (kind) {
    const [, name] = /^\/\/ ((?:[\w@()[\]-]+\/)*[\w.-]+\.[mc]?[jt]sx?)\n/.exec(code) ?? [];
    return [{ kind, code, name, offset: 0 }];
  }
  if (language === 'vue') return vueScripts(code);
  if (language === 'html') return htmlScripts(code);
  if (language === 'json') parseJson(code);
  return [];
}

/** A whole text, or some members of an object. */
function parseJson(code) {
  JSON.parse(/^\s*"[^"]*"\s*:/.test(code) ? `{${code}}` : code);
}

/** What others import of a component whose script is its set-up. */
const component = { ts: 'export default {} as any;', js: 'export default /** @type {any} */ ({});' };

/** The template is parsed; its expressions are not looked at. */
function vueScripts(code) {
  const { descriptor, errors } = parseVue(code);
  if (errors.length > 0) throw errors[0];
  const [, name] = /^<!-- ((?:[\w-]+\/)*[\w.-]+\.vue) -->/.exec(code) ?? [];
  return [descriptor.script, descriptor.scriptSetup].filter(Boolean).map((block, index) => ({
    kind: block.lang === 'ts' ? 'ts' : 'js',
    code: block.setup ? `${block.content}\n${component[block.lang === 'ts' ? 'ts' : 'js']}\n` : block.content,
    name: name && index === 0 ? `${name}.${block.lang === 'ts' ? 'ts' : 'js'}` : undefined,
    offset: block.loc.start.line - 1,
  }));
}

function htmlScripts(code) {
  const found = [];
  for (const { 1: attributes, 2: body, index } of code.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)) {
    const offset = code.slice(0, index).split('\n').length - 1;
    if (/type="importmap"/.test(attributes)) JSON.parse(body);
    else if (body.trim()) found.push({ kind: 'js', code: body, offset });
  }
  return found;
}

function wrapped({ kind, code, offset = 0 }, marker) {
  if (marker === 'options') {
    const body = code.replace(/;?\s*$/, '\n');
    const type = "import('holdfast').AuthClientOptions";
    return kind === 'ts'
      ? { code: `export const given: Partial<${type}> = {\n${body}};\n`, before: 1 }
      : { code: `/** @type {Partial<${type}>} */ export const given = {\n${body}};\n`, before: 1 };
  }
  if (marker === 'signatures') return { code: comparison(code), before: 0 };
  return { code: `${code}\nexport {};\n`, before: 0, offset };
}

/** For each line `auth.name({ option? }): Type`, a line that compiles where the types say the same. */
function comparison(code) {
  const helpers =
    "import type { AuthClient, createAuthClient } from 'holdfast';\n" +
    'type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : { is: B; written: A }) : { is: B; written: A };\n' +
    'type Keys<F> = F extends (argument?: infer A) => unknown ? keyof NonNullable<A> & string : never;\n';
  const lines = code.split('\n').map((line) => {
    const [, owner, name, given, answer] = /^(auth\.)?(\w+)\((.*?)\): (.*?)\s*(?:\/\/.*)?$/.exec(line) ?? [];
    if (!name) return '';
    const method = owner ? `AuthClient['${name}']` : `typeof ${name}`;
    const keys = /^\{(.*)\}$/.exec(given)?.[1].match(/\w+/g);
    const answers = /\{/.test(answer)
      ? `keyof Awaited<ReturnType<${method}>> & string, ${answer
          .match(/\{(.*)\}/)[1]
          .match(/\w+/g)
          .map((key) => `'${key}'`)
          .join(' | ')}`
      : `${ofPackage(answer)}, ReturnType<${method}>`;
    const checks = [`Same<${answers}>`];
    if (keys) checks.push(`Same<${keys.map((key) => `'${key}'`).join(' | ')}, Keys<${method}>>`);
    return `export const ${owner ? '' : 'make_'}${name}: [${checks.join(', ')}] = [${checks.map(() => 'true').join(', ')}];`;
  });
  // On one line, so that line numbers stay those of the page.
  return helpers.replaceAll('\n', ' ') + lines.join('\n');
}

/** Types that are not the language's are the package's. */
const ofPackage = (type) => type.replaceAll(/\b(?!Promise\b|Response\b)([A-Z]\w*)/g, "import('holdfast').$1");

/** Modules of the reader's own that a sample imports and the page does not show: whatever is imported is of any type. */
function stubs(folder, files) {
  const wanted = new Map();
  const imports = /(?:import|export)\s+(?:type\s+)?([^'"()]*?)\s+from\s+['"](\.{1,2}\/[^'"]+|@\/[^'"]+)['"]/g;
  for (const { path: from, code } of files) {
    for (const [, clause, target] of code.matchAll(imports)) {
      const path = resolve(from, target, folder);
      if (files.some((file) => isSame(file.path, path))) continue;
      const names = wanted.get(path) ?? wanted.set(path, new Set()).get(path);
      const [, braces] = /\{([^}]*)\}/.exec(clause) ?? [];
      for (const part of braces?.split(',') ?? []) {
        const name = part
          .replace(/\btype\s/, '')
          .split(/\sas\s/)[0]
          .trim();
        if (name) names.add(name);
      }
      if (clause.replace(/\{[^}]*\}/, '').replaceAll(/[\s,]/g, '')) names.add('default');
    }
    const lazy =
      /import\(\s*['"](\.{1,2}\/[^'"]+)['"]\s*\)(?:\.then\(\((?:\{\s*(\w+)|(\w+)\) => \3\.(\w+)))?/g;
    for (const [, target, inBraces, , member] of code.matchAll(lazy)) {
      const path = resolve(from, target, folder);
      if (files.some((file) => isSame(file.path, path))) continue;
      const names = wanted.get(path) ?? wanted.set(path, new Set()).get(path);
      names.add(inBraces ?? member ?? 'default');
    }
  }
  return [...wanted].map(([path, names]) => ({
    path: path.replace(/\.(?:[cm]?[jt]sx?)$/, '') + '.ts',
    stub: true,
    code: [...names]
      .map((name) =>
        name === 'default'
          ? 'declare const it: any; export default it;\n'
          : `export declare const ${name}: any; export type ${name} = any;\n`,
      )
      .join(''),
  }));
}

function resolve(from, target, folder) {
  if (target.startsWith('@/')) return `${folder}/src/${target.slice(2)}`;
  const parts = from.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

const bare = (path) => path.replace(/\.[cm]?[jt]sx?$/, '');
const isSame = (file, wanted) => bare(file) === bare(wanted);
