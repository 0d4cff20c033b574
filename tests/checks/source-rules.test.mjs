/** The rules about single source files, each seen to fail. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';
import { lengthProblems } from '../../tools/checks/file-length.mjs';
import { portabilityProblems } from '../../tools/checks/portable-files.mjs';
import { panicProblems } from '../../tools/checks/rust-panics.mjs';
import { exposureProblems } from '../../tools/checks/secret-exposure.mjs';
import { skipProblems } from '../../tools/checks/skipped-tests.mjs';
import { tree } from './support.mjs';

test('a file of 501 lines is too long, one of 500 is not', () => {
  const lines = (count) => 'x\n'.repeat(count);
  const root = tree({
    'src/long.rs': lines(501),
    'src/short.rs': lines(500),
    'package-lock.json': lines(900),
  });
  assert.deepEqual(lengthProblems(root), ['src/long.rs: 501 lines; split it by subject']);
});

for (const code of [
  'value.unwrap()',
  'value\n        .expect("there")',
  'panic!("no")',
  'unreachable!()',
  'r.unwrap_err()',
]) {
  test(`\`${code.replace(/\s+/g, '')}\` needs its invariant`, () => {
    const rust = (comment) =>
      panicProblems(tree({ 'src/core/a.rs': `fn f() {\n    ${comment}\n    ${code};\n}\n` }));
    assert.match(rust('').join(), /^src\/core\/a\.rs:[34]: .*without `\/\/ INVARIANT/);
    assert.match(rust('// It will be fine.').join(), /INVARIANT/);
    assert.deepEqual(rust('// INVARIANT: checked two lines up.'), []);
  });
}

test('tests, comments, strings and unwrap_or may say unwrap', () => {
  const text = `
    /// Never \`x.unwrap()\`.
    fn f(x: Option<u8>) -> u8 { let _ = "x.unwrap()"; x.unwrap_or(0); self.expect(x) }
    #[cfg(test)]
    mod tests {
        #[test]
        fn t() { Some(1).unwrap(); assert_eq!(1, 1, "{}", '}'); }
    }
    fn g(x: Option<u8>) { x.unwrap(); }
  `;
  const problems = panicProblems(tree({ 'src/a.rs': text, 'src/core/tests.rs': 'fn t() { x.unwrap() }' }));
  assert.equal(problems.length, 1);
  assert.match(problems[0], /^src\/a\.rs:9:/);
});

test('an exposed secret needs its reason', () => {
  const rust = (text) => exposureProblems(tree({ 'src/a.rs': text }));
  assert.match(rust('fn f() {\n    form.push(token.expose());\n}').join(), /a\.rs:2: .*EXPOSE/);
  assert.match(rust('fn f() { Secret::expose(&token); }').join(), /EXPOSE/);
  assert.match(rust('// EXPOSE: sent.\n\n\n\n\nfn f() { token.expose(); }').join(), /EXPOSE/);
  assert.deepEqual(
    rust('fn f() {\n    // EXPOSE: the token endpoint has to get it.\n    form.push(token.expose());\n}'),
    [],
  );
  assert.deepEqual(rust('pub fn expose(&self) -> &str { &self.0 }\n// token.expose()'), []);
});

// In pieces, so that the check does not find this file.
const at = (...parts) => '/' + parts.join('/') + '/';
const unportable = {
  'a home folder': `see ${at('home', 'someone')}notes`,
  'a home folder of macOS': `"${at('Users', 'someone')}x"`,
  'the home folder of root': `cd ${at('root')}x`,
  'a scratch folder': `const log = '${at('tmp')}x.log';`,
  'a home folder of Windows': `"C:${'\\'}Users${'\\'}someone"`,
  'a registry': `fetch('https://${['registry', 'npmjs', 'org'].join('.')}/x')`,
  'a crate registry': `https:/${at('static' + '.crates.io', 'crates')}`,
};

for (const [what, text] of Object.entries(unportable)) {
  test(`reported: a file names ${what}`, () => {
    assert.match(portabilityProblems(tree({ 'a.md': `first\n${text}\n` })).join(), /^a\.md:2: names a/);
  });
}

test('reported: a lock file with download addresses', () => {
  const lock = '{ "packages": { "x": { "resolved": "https://mirror.example/x.tgz" } } }';
  assert.match(
    portabilityProblems(tree({ 'package-lock.json': lock })).join(),
    /omit-lockfile-registry-resolved/,
  );
});

test('addresses and relative paths are portable', () => {
  const text = 'https://app.example/root/x ./tmp/x ../work/x ~/.cache/x /usr/bin/env /holdfast/worker.js';
  assert.deepEqual(portabilityProblems(tree({ 'a.md': text, 'b.bin': `\0${at('tmp')}` })), []);
});

const skipped = {
  'tests/a.test.mjs': [
    "test.skip('x', () => {});",
    "it.only('x');",
    "describe.todo('x')",
    "test('x', { skip: true }, f);",
    't.skip();',
    "xit('x', f)",
  ],
  'tests/a.rs': [
    '#[test]\n#[ignore]\nfn t() {}',
    '#[ignore = "slow"]\nfn t() {}',
    '#[cfg_attr(windows, ignore)]\nfn t() {}',
    '#[should_panic]\nfn t() {}',
  ],
  'src/a.rs': ['fn f() { todo!() }', 'fn f() { unimplemented!("later") }'],
};

for (const [file, examples] of Object.entries(skipped)) {
  for (const text of examples) {
    test(`reported in ${file}: ${text.replace(/\s+/g, ' ')}`, () => {
      assert.match(
        skipProblems(tree({ [file]: text })).join(),
        new RegExp(`^${file.replaceAll('.', '[.]')}:\\d+: `),
      );
    });
  }
}

test('an iterator may skip, a string may say so', () => {
  const root = tree({
    'src/a.rs': 'fn f() { a.iter().skip(1); } // todo!()',
    'tests/a.test.mjs': "test('skip: test.skip(x)', () => list.skip(1));\n`t.skip() ${test}`",
  });
  assert.deepEqual(skipProblems(root), []);
});

test('files that git ignores are not looked at, new files are', () => {
  const root = tree({ '.gitignore': 'built.md\n', 'built.md': at('tmp'), 'new.md': at('tmp') });
  execFileSync('git', ['init', '--quiet'], { cwd: root });
  assert.deepEqual(
    portabilityProblems(root).map((problem) => problem.split(':')[0]),
    ['new.md'],
  );
});
