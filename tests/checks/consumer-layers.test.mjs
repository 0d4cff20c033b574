/** The rules about who uses the package from outside, each seen to fail. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { consumerProblems } from '../../tools/checks/consumer-layers.mjs';
import { tree } from './support.mjs';

const broken = {
  'the demo imports a source': ['www/main.js', "import { create } from '../pkg-template/src/index.ts';"],
  'the demo imports the build': ['www/main.js', "import { create } from '../pkg/index.js';"],
  'the demo imports the tests': ['www/main.js', "import '../tests/e2e/support/wait.mjs';"],
  'a page of the demo loads the build': [
    'www/index.html',
    '<script type="module" src="../pkg/index.js"></script>',
  ],
  'a page of the demo imports the build': [
    'www/index.html',
    '<script type="module">\nimport { create } from "../pkg/index.js";\n</script>',
  ],
  'a test imports a source': ['tests/e2e/a.test.mjs', "import '../../pkg-template/src/errors.ts';"],
  'a measure imports the build': ['benches/measures/a.mjs', "import { create } from '../../pkg/index.js';"],
  'a test imports the build': ['tests/e2e/a.test.mjs', "const x = await import('../../pkg/index.js');"],
  'a test imports Rust output': [
    'tests/e2e/a.test.mjs',
    "import '../../target/wasm32-unknown-unknown/x.js';",
  ],
  'a test names the build folder': [
    'tests/e2e/a.test.mjs',
    "const x = new URL('../../pkg/', import.meta.url);",
  ],
  'a test joins the build folder': ['tests/e2e/a.test.mjs', "const x = path.join(root, 'pkg', 'index.js');"],
  'a test names the sources': ['tests/e2e/support/a.mjs', "const x = read('pkg-template/src/protocol.ts');"],
};

for (const [what, [file, text]] of Object.entries(broken)) {
  test(`reported: ${what}`, () => {
    const problems = consumerProblems(tree({ [file]: text }));
    assert.ok(
      problems.length > 0 && problems.every((problem) => problem.startsWith(`${file}:`)),
      String(problems),
    );
  });
}

test('the packed package, the servers and the tools may be used', () => {
  const root = tree({
    'www/main.js':
      "import { createAuthClient } from 'holdfast';\nimport './log.js';\nimport '/holdfast/index.js';",
    'www/index.html': '<script type="module" src="./main.js"></script>',
    'tests/e2e/a.test.mjs': `
      // not '../../pkg/index.js'
      import { startSite } from '../server/site.mjs';
      import { scratch } from '../../tools/lib/paths.mjs';
      import { open } from './support/browser.mjs';
      const folder = path.join(scratch, 'pack/package');
    `,
  });
  assert.deepEqual(consumerProblems(root), []);
});
