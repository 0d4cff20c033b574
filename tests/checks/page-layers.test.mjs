/** The rules about the package's TypeScript sources, each seen to fail. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { packageLayerProblems } from '../../tools/checks/page-layers.mjs';
import { tree } from './support.mjs';

const right = {
  'index.ts': `
    import { Channel } from './channel.js';
    import { PROTOCOL_VERSION, type Init } from './protocol.js';
    export { AuthError } from './errors.js';
    export type { Init } from './protocol.js';
    const bundled = () => new URL('./worker.js', import.meta.url);
    export const create = (init: Init) => new Channel(bundled(), PROTOCOL_VERSION, init);
  `,
  'channel.ts': `
    import type { ToVault } from './protocol.js';
    // Not an import: import './worker.js'
    void can;
    export class Channel { constructor(..._: unknown[]) {} send(_: ToVault) {} }
  `,
  'errors.ts': 'export class AuthError extends Error {}\n',
  'protocol.ts': `
    import type { Claims } from './claims.js';
    /** The version. */
    export const PROTOCOL_VERSION = 1;
    export const PACKAGE_VERSION = '0.1.0' as const;
    declare const __BUILD__: string;
    export const VERSION: string = __BUILD__;
    export interface Init { kind: 'init'; claims?: Claims }
    export type ToVault =
      | Init
      | { kind: 'fetch'; method(name: string): void };
    declare const brand: unique symbol;
    export type Branded = string & { [brand]: true };
  `,
  'claims.ts': 'export interface Claims { sub: string }\n',
  'worker.ts': `
    import init from '../generated/holdfast.js';
    import type { ToVault } from './protocol.js';
    import { route } from './route.js';
    import type { AuthError } from './errors.js';
    void init; void can; export type E = AuthError; export type T = ToVault; route();
  `,
  'route.ts':
    "import { PROTOCOL_VERSION } from './protocol.js';\nexport const route = () => PROTOCOL_VERSION;\n",
  'testing.ts': "import { AuthError } from './index.js';\nvoid AuthError;\n",
  'react.ts':
    "import { useState } from 'react';\nimport { state } from './adapter-state.js';\nimport { route } from './react-router.js';\nvoid [useState, state, route];\n",
  'react-router.ts':
    "import { useState } from 'react';\nimport type { AuthClient } from './index.js';\nexport const route = useState<AuthClient>;\n",
  'adapter-state.ts':
    "import type { AuthClient } from './index.js';\nexport const state = (_: AuthClient) => {};\n",
};

/** Problems of the right tree with these files changed or added. */
function problems(changes) {
  const files = Object.entries({ ...right, ...changes }).map(([file, text]) => [
    `pkg-template/src/${file}`,
    text,
  ]);
  return packageLayerProblems(tree(Object.fromEntries(files)));
}

test('the right tree has no problem', () => assert.deepEqual(problems({}), []));

const broken = {
  'page code imports the worker': { 'channel.ts': "import './worker.js';\nexport class Channel {}" },
  'page code imports the worker lazily': {
    'channel.ts': "export class Channel { x = import('./worker.js') }",
  },
  'page code re-exports the worker': { 'index.ts': "export * from './worker.js';" },
  'page code imports even types of the worker': { 'index.ts': "import type { T } from './worker.js';" },
  'page code imports the wasm glue': { 'index.ts': "import init from '../generated/holdfast.js';" },
  'page code imports a module of the worker': { 'index.ts': "import { route } from './route.js';" },
  'page code has a run-time dependency': { 'errors.ts': "import { x } from 'tiny-lib';" },
  'page code imports a computed address': {
    'errors.ts': 'export const load = (name: string) => import(name);',
  },
  'page code imports an adapter': { 'index.ts': "import { x } from './react.js';" },
  "an extension's page imports the worker": { 'extension.ts': "import './worker.js';" },
  "an extension's page imports its background": {
    'extension.ts': "import './extension-worker.js';",
    'extension-worker.ts': 'export const T = 1;',
  },
  "an extension's background imports page code": {
    'extension-worker.ts': "import { AuthError } from './errors.js';",
  },
  'what both ends of a line use imports page code': {
    'extension-line.ts': "import { AuthError } from './errors.js';",
  },
  'page code imports a value of the protocol': { 'index.ts': "import { Init } from './protocol.js';" },
  'page code imports all of the protocol': { 'index.ts': "import * as protocol from './protocol.js';" },
  'a module two steps away imports the worker': {
    'errors.ts': "import './deep.js';",
    'deep.ts': "import { T } from './worker.js';",
  },
  'worker code imports page code': { 'route.ts': "import { Channel } from './channel.js';\nvoid Channel;" },
  'the protocol has a function': { 'protocol.ts': 'export function parse(text: string) { return text; }' },
  'the protocol has an arrow function': { 'protocol.ts': 'export const parse = (text: string) => text;' },
  'the protocol has a table': { 'protocol.ts': "export const KINDS = ['init', 'fetch'];" },
  'the protocol has an enum': { 'protocol.ts': 'export enum Kind { Init }' },
  'the protocol has a class': { 'protocol.ts': 'export class Message {}' },
  'the protocol computes its version': { 'protocol.ts': 'export const PROTOCOL_VERSION = compute();' },
  'the protocol runs something': { 'protocol.ts': "console.log('loaded');" },
  'the protocol imports a value': { 'protocol.ts': "import { AuthError } from './errors.js';" },
  'an adapter imports a value of the client': { 'react.ts': "import { create } from './index.js';" },
  'the mock client imports another value of the client': {
    'testing.ts': "import { AuthError, create } from './index.js';",
  },
  'the mock client imports all of the client': { 'testing.ts': "import * as client from './index.js';" },
  'an adapter imports an inner module': { 'react.ts': "import type { Channel } from './channel.js';" },
  'an adapter imports another framework': { 'react.ts': "import { ref } from 'vue';" },
  'an adapter without a framework imports one': { 'testing.ts': "import 'react';" },
  "an adapter imports another's file": { 'vue.ts': "import { route } from './react-router.js';" },
  "an adapter's own file imports a value of the client": {
    'react-router.ts': "import { create } from './index.js'; export const route = create;",
  },
  'what adapters share imports a framework': {
    'adapter-state.ts': "import 'react'; export const state = 1;",
  },
  'what adapters share imports an adapter': {
    'adapter-state.ts': "import './react.js'; export const state = 1;",
  },
  'page code imports what adapters share': { 'index.ts': "import { state } from './adapter-state.js';" },
};

for (const [what, changes] of Object.entries(broken)) {
  test(`reported: ${what}`, () => {
    const found = problems(changes);
    const names = Object.keys(changes).map((file) => `pkg-template/src/${file}:`);
    assert.ok(
      found.some((problem) => names.some((name) => problem.startsWith(name))),
      `reported ${JSON.stringify(found)}`,
    );
  });
}

test('a package without sources does not pass', () => {
  assert.equal(packageLayerProblems(tree({ 'README.md': '' })).length, 1);
});
