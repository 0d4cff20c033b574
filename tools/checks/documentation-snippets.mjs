/**
 * Every block of code in the documentation compiles, in strict TypeScript, against the built package and the real
 * types of the frameworks; JSON parses. A misspelt option in a sample fails here. See tools/lib/snippets.mjs.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { absentProblem, packageProgram, runAlone, unbuiltProblem } from '../lib/check.mjs';
import { listFiles, readText } from '../lib/files.mjs';
import { root as workspace, scratch } from '../lib/paths.mjs';
import { attempt } from '../lib/process.mjs';
import { given, importsUntyped, snippetsOf, untyped } from '../lib/snippets.mjs';

export const name = 'the code in the documentation compiles';
export const needs = ['package'];

const strict = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  target: 'es2022',
  lib: ['esnext', 'dom', 'dom.iterable', 'dom.asynciterable'],
  module: 'preserve',
  moduleResolution: 'bundler',
  jsx: 'react-jsx',
  experimentalDecorators: true,
  types: [],
};

/** In JavaScript nobody can write a type, or tell the compiler that something is not null. */
const settings = {
  typescript: { options: {}, includes: ({ path: file }) => /\.tsx?$/.test(file) },
  javascript: {
    options: { allowJs: true, checkJs: true, strict: false },
    includes: ({ path: file }) => /\.jsx?$/.test(file),
  },
};

export async function run({ root }) {
  const compiler = packageProgram('tsc');
  const absent = [...absentProblem(compiler), ...unbuiltProblem(workspace)];
  if (absent.length > 0) return absent;
  const pages = listFiles(root, { extensions: ['.md'] });
  const all = pages.map((page) => snippetsOf(page, readText(root, page) ?? ''));
  const files = all.flatMap((page) => page.files);
  mkdirSync(scratch, { recursive: true });
  // Within the workspace, so that the frameworks' packages are found.
  const folder = mkdtempSync(path.join(scratch, 'snippets-'));
  try {
    layOut(folder, files);
    const compiled = await Promise.all(
      Object.entries(settings).map(([setting, { options, includes }]) =>
        compile(compiler, folder, setting, options, files.filter(includes)),
      ),
    );
    return [...all.flatMap(({ problems }) => problems), ...new Set(compiled.flat())];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function layOut(folder, files) {
  cpSync(path.join(workspace, 'pkg'), path.join(folder, 'node_modules/holdfast'), { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }\n');
  writeFileSync(path.join(folder, 'given.d.ts'), given);
  const isInstalled = (name) =>
    existsSync(
      path.join(
        workspace,
        'node_modules',
        name
          .split('/')
          .slice(0, name[0] === '@' ? 2 : 1)
          .join('/'),
      ),
    );
  const shown = untyped.filter((name) => !isInstalled(name));
  const declarations = shown.map((name) => `declare module '${name}';\ndeclare module '${name}/*';\n`);
  writeFileSync(path.join(folder, 'untyped.d.ts'), declarations.join(''));
  for (const { path: file, code } of files) {
    const to = path.join(folder, 'pages', file);
    mkdirSync(path.dirname(to), { recursive: true });
    writeFileSync(to, code);
  }
}

async function compile(compiler, folder, setting, options, files) {
  if (files.length === 0) return [];
  const project = `tsconfig.${setting}.json`;
  const paths = files.map(({ path: file }) => `pages/${file}`);
  writeFileSync(
    path.join(folder, project),
    JSON.stringify({
      compilerOptions: { ...strict, ...options },
      files: ['given.d.ts', 'untyped.d.ts', ...paths],
    }),
  );
  const args = ['--pretty', 'false', '--project', project];
  const { code, output } = await attempt(compiler, args, { cwd: folder, timeoutSeconds: 120 });
  if (code === 0) return [];
  const problems = [];
  for (const text of output) {
    const [, file, line, words] = /^pages\/(.*?)\((\d+),\d+\): (.*)$/.exec(text) ?? [];
    const from = files.find(({ path: other }) => other === file);
    if (from && /TS70(?:06|31)/.test(words) && importsUntyped(from.code)) continue;
    if (from && !from.stub)
      problems.push(`${from.page}:${from.line + Number(line) - 1 - from.before}: ${words}`);
    else if (/^\s/.test(text) && problems.length > 0) problems[problems.length - 1] += `\n${text}`;
    else problems.push(text);
  }
  return problems;
}

await runAlone(import.meta, name, run);
