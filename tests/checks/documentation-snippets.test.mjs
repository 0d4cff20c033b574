/** The check of the code in the documentation, seen to fail. It needs the built package. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { run } from '../../tools/checks/documentation-snippets.mjs';
import { tree } from './support.mjs';

const fence = (language, code, before = '') => `# Page\n\n${before}\`\`\`${language}\n${code}\n\`\`\`\n`;
const client = (options) =>
  `import { createAuthClient } from 'holdfast';\nconst auth = await createAuthClient({ ${options} });`;
const needed = "issuer: 'https://login.example', clientId: 'app', redirectUri: '/', resources: []";
const signature = 'auth.logout({ returnTo?, localOnly?, state?, logoutParams? }): Promise<void> // ends it';

const good = {
  'js.md': fence('js', client(needed)),
  'partly.md': fence('js', "const auth = await createAuthClient({\n  // ...\n  assetsUrl: '/',\n});"),
  'ts.md': fence('ts', `${client(needed)}\nexport const user: string = String(auth.user()?.['name']);`),
  'tsx.md': fence(
    'tsx',
    "import { useState } from 'react';\nexport function Name({ of }: { of: string }) {\n  const [name] = useState(of);\n  return <b>{name}</b>;\n}",
  ),
  'vue.md': fence(
    'vue',
    '<script setup lang="ts">\nimport { ref } from \'vue\';\nconst count = ref(1);\ncount.value += 1;\n</script>\n<template><b>{{ count }}</b></template>',
  ),
  'component.md':
    fence(
      'vue',
      '<!-- src/App.vue -->\n<script setup lang="ts">\nconst one = 1;\n</script>\n<template>{{ one }}</template>',
    ) +
    fence(
      'ts',
      "// src/main.ts\nimport { createApp } from 'vue';\nimport App from './App.vue';\ncreateApp(App);",
    ),
  'files.md':
    fence('ts', '// src/settings.ts\nexport const issuer: string = "x";') +
    fence(
      'ts',
      "import { issuer } from './src/settings';\nimport { other } from './elsewhere';\nother(issuer.length);",
    ),
  'html.md': fence('html', `<script type="module">\n${client(needed)}\n</script>`),
  'options.md': fence('js', "resources: ['https://api.example/'],", '<!-- options -->\n\n'),
  'signatures.md': fence('ts', signature, '<!-- signatures -->\n\n'),
  'untyped.md': fence(
    'ts',
    "import { thing } from 'webpack/lib/thing';\nexport const made = thing((parameter) => parameter);",
  ),
  'json.md': fence('json', '{ "a": 1 }'),
  'other.md': fence('php', '$a = $b;') + fence('ts', 'no code', '<!-- not compiled: a picture of it -->\n\n'),
};

test('good samples are no problem', async () => {
  assert.deepEqual(await run({ root: tree(good) }), []);
});

const bad = {
  'an option that does not exist': [
    'js.md',
    fence('js', client(`${needed}, asetsUrl: '/'`)),
    /js\.md:5: .*asetsUrl/,
  ],
  'one of many, where others are left out': [
    'partly.md',
    good['partly.md'].replace('assets', 'asets'),
    /partly\.md:6/,
  ],
  'an option that is missing': ['js.md', fence('js', client("issuer: 'x'")), /js\.md:5: .*missing/],
  'a method that does not exist': [
    'ts.md',
    good['ts.md'].replace('auth.user', 'auth.person'),
    /ts\.md:6: .*person/,
  ],
  'a null that TypeScript sees': ['ts.md', good['ts.md'].replace('?.', ''), /ts\.md:6: .*null/],
  'wrong use of a framework': ['tsx.md', good['tsx.md'].replace('[name]', '{ name }'), /tsx\.md:6/],
  'wrong use in a Vue component': ['vue.md', good['vue.md'].replace('+= 1', '= true'), /vue\.md:7/],
  'a Vue component that does not parse': ['vue.md', good['vue.md'].replace('</b>', ''), /vue\.md:4/],
  'wrong use of another block’s export': [
    'files.md',
    good['files.md'].replace('.length', '.size'),
    /files\.md:12/,
  ],
  'a parameter without a type': [
    'untyped.md',
    good['untyped.md'].replace(
      "import { thing } from 'webpack/lib/thing';",
      'const thing = <T>(given: T) => given;',
    ),
    /untyped\.md:5: .*has an 'any' type/,
  ],
  'a script in a page': ['html.md', good['html.md'].replace('issuer', 'isuer'), /html\.md:6/],
  'a package that nobody knows': [
    'ts.md',
    fence('ts', "import 'hodlfast';\nimport { a } from 'hodlfast';\na();"),
    /hodlfast/,
  ],
  'members of options': ['options.md', good['options.md'].replace('resources', 'resource'), /options\.md:6/],
  'a signature without a member': [
    'signatures.md',
    good['signatures.md'].replace(', localOnly?', ''),
    /signatures\.md:6/,
  ],
  'a signature with a member too many': [
    'signatures.md',
    good['signatures.md'].replace('?,', '?, now?,'),
    /signatures\.md:6/,
  ],
  'a signature with another answer': [
    'signatures.md',
    good['signatures.md'].replace('void', 'string'),
    /signatures\.md:6/,
  ],
  'a signature of nothing': [
    'signatures.md',
    good['signatures.md'].replace('logout', 'signOut'),
    /signatures\.md:6/,
  ],
  'JSON that does not parse': ['json.md', good['json.md'].replace('1', '1,'), /json\.md:4/],
  'code that is left out without a reason': [
    'other.md',
    good['other.md'].replace(': a picture of it', ''),
    /other\.md:11: say why/,
  ],
};

test('each mistake is reported, with its line', async () => {
  for (const [what, [page, text, words]] of Object.entries(bad)) {
    assert.notEqual(text, good[page], what);
    const found = await run({ root: tree({ ...good, [page]: text }) });
    assert.match(found.join('\n'), words, what);
  }
});
