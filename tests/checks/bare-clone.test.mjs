/** The commands of package.json in a clone that has nothing installed: each installs what it needs, so it must start without. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import test from 'node:test';
import { root } from '../../tools/lib/paths.mjs';
import { importsOf } from '../../tools/lib/scan-javascript.mjs';
import { tree } from './support.mjs';

const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

/** What is imported from npm packages before the first line of `program` runs, each as `file: package`. */
function packagesFirst(program, seen = new Set()) {
  if (seen.has(program)) return [];
  seen.add(program);
  return importsOf(readFileSync(program, 'utf8'))
    .filter(({ kind, specifier }) => kind === 'static' && !isBuiltin(specifier))
    .flatMap(({ specifier }) =>
      specifier.startsWith('.')
        ? packagesFirst(path.resolve(path.dirname(program), specifier), seen)
        : [`${path.relative(root, program)}: ${specifier}`],
    );
}

for (const [name, command] of Object.entries(scripts)) {
  test(`npm run ${name} starts where no npm package is installed`, () => {
    const [, program] = /\bnode (\S+\.mjs)/.exec(command);
    assert.deepEqual(packagesFirst(path.join(root, program)), []);
  });
}

test('reported: a package that is imported further down', () => {
  const folder = tree({
    'a.mjs': "import fs from 'node:fs';\nimport { b } from './lib/b.mjs';\nawait import('later');\n",
    'lib/b.mjs': "import './a-cycle.mjs';\nimport some from 'some';\nexport const b = some;\n",
    'lib/a-cycle.mjs': "export * from './b.mjs';\n",
  });
  const found = packagesFirst(path.join(folder, 'a.mjs'));
  assert.deepEqual(
    found.map((line) => line.split(': ')[1]),
    ['some'],
  );
});
