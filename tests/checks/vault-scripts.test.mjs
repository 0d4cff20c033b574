/**
 * What the vault's scripts do where a browser can hardly be brought to it: the package's own sources, with a module that the
 * test plays.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { build } from 'esbuild';
import { root } from '../../tools/lib/paths.mjs';

/** The entry's exports, with these modules in place of what the build would put there. */
async function load(entry, given = {}) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [`pkg-template/src/${entry}.ts`],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    plugins: [
      {
        name: 'given',
        setup(build) {
          build.onResolve({ filter: /^holdfast-/ }, ({ path }) => ({ path, namespace: 'given' }));
          build.onLoad({ filter: /.*/, namespace: 'given' }, ({ path }) => ({ contents: given[path] }));
        },
      },
    ],
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

describe('the texts that an export takes', () => {
  let Vault;
  before(async () => {
    ({ Vault } = await load('vault', {
      'holdfast-vault-bytes': 'export const vaultBytes = () => null;',
      'holdfast-vault': `export const instantiate = () => {
        let isOver = false;
        const said = [];
        return {
          said,
          text(text) {
            if (isOver) return;
            if (text === 'too long') throw new RangeError('out of memory');
            said.push(text);
          },
          call: () => (isOver ? said.push('called at its end') : said.splice(0)),
          end: () => (isOver = true),
          get isOver() { return isOver; },
        };
      };`,
    }));
  });

  it('are all there', () => {
    const vault = new Vault();
    vault.saying('one', undefined, 'two');
    assert.deepEqual(vault.core.said, ['one', undefined, 'two']);
  });

  it('never stay for the next one: where one does not fit, the module ends', () => {
    const vault = new Vault();
    assert.throws(() => vault.saying('one', 'too long'), WebAssembly.RuntimeError);
    assert.ok(vault.core.isOver);
    vault.saying('https://evil.example/');
    assert.deepEqual(vault.core.said, ['one'], 'nothing is said to it any longer');
  });

  it('end the call with the module', async () => {
    const vault = new Vault();
    const call = vault.fetch(1, 'https://api.example/', { method: 'too long' }, false, true);
    await assert.rejects(call, WebAssembly.RuntimeError);
    assert.deepEqual(vault.core.said, ['https://api.example/'], 'no export was called');
  });
});

describe('the body of an answer', () => {
  let take;
  before(async () => {
    ({ take } = await load('bodies'));
  });
  const KIB = 1024;
  const chunksOf = (count, size) =>
    Array.from({ length: count }, (_, index) => new Uint8Array(size).fill(index));
  const streamOf = (chunks) =>
    new ReadableStream({
      start(controller) {
        chunks.forEach((chunk) => controller.enqueue(chunk));
        controller.close();
      },
    });

  /** How it comes to the page, and what. */
  async function taken(body, length = null) {
    const delivered = [];
    let ends = 0;
    let aborts = 0;
    await take(
      body,
      length,
      (what) => delivered.push(what),
      () => ends++,
      () => aborts++,
    );
    assert.equal(delivered.length, 1, 'it is delivered once');
    const [what] = delivered;
    if (!(what instanceof MessagePort)) return { whole: [...what], ends };
    const chunks = [];
    const end = await new Promise((resolve) => {
      what.onmessage = ({ data }) => {
        if (data instanceof Uint8Array) {
          chunks.push(...data);
          what.postMessage(1);
        } else resolve(data);
      };
    });
    what.close();
    return { chunks, end, ends };
  }

  for (const count of [0, 1, 7, 8, 9, 100]) {
    it(`of ${count} small chunks comes whole`, async () => {
      const chunks = chunksOf(count, 3);
      const bytes = chunks.flatMap((each) => [...each]);
      assert.deepEqual(await taken(streamOf(chunks)), { whole: bytes, ends: 1 });
    });
  }

  for (const [what, length] of [
    ['says so', String(65 * KIB)],
    ['says it is short', '3'],
    ['says nothing', null],
    ['says two things', '3, 3'],
  ]) {
    it(`comes through a port where it is long, and the server ${what}`, async () => {
      const chunks = chunksOf(65, KIB);
      const bytes = chunks.flatMap((each) => [...each]);
      const { chunks: all, whole, ends } = await taken(streamOf(chunks), length);
      assert.equal(whole, undefined);
      assert.deepEqual(all, bytes);
      assert.equal(ends, 1);
    });
  }

  it('that breaks after its first chunk comes as far as it came', async () => {
    const [first] = chunksOf(1, 3);
    let pulls = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (pulls++ === 0) controller.enqueue(first);
        else controller.error(new TypeError('the connection is gone'));
      },
    });
    const { chunks, whole } = await taken(body);
    assert.equal(whole, undefined);
    assert.deepEqual(chunks, [0, 0, 0]);
  });

  it('that does not end soon comes through a port', async () => {
    let controller;
    const body = new ReadableStream({ start: (given) => (controller = given) });
    controller.enqueue(new Uint8Array([1]));
    const outcome = new Promise((resolve, reject) => {
      const deliver = (what) => {
        if (!(what instanceof MessagePort)) return reject(new Error('it came whole'));
        what.onmessage = ({ data }) => {
          what.close();
          resolve([...data]);
        };
      };
      take(
        body,
        null,
        deliver,
        () => {},
        () => {},
      ).catch(reject);
    });
    assert.deepEqual(await outcome, [1]);
  });

  it('is delivered once also where that fails', async () => {
    let times = 0;
    const deliver = () => {
      times++;
      throw new Error('the port is gone');
    };
    await assert.rejects(
      take(
        streamOf(chunksOf(1, 3)),
        null,
        deliver,
        () => {},
        () => {},
      ),
      /the port is gone/,
    );
    assert.equal(times, 1);
  });
});
