/**
 * The two commands that people type: `npm start` in this workspace, and `npx holdfast init` in an app. No browser is
 * needed; they stand here because they need the packed package.
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { startListener } from './support/listener.mjs';
import { packageFolder } from './support/package.mjs';
import { temporaryFolder } from './support/temporary.mjs';
import { waitFor } from './support/wait.mjs';

const ANY_PORTS = { HOLDFAST_SITE_PORT: '0', HOLDFAST_ISSUER_PORT: '0', HOLDFAST_API_PORT: '0' };

/** Types `npm start`. What it prints collects in `printed()`; `interrupt()` is Ctrl-C: it reaches all that was started. */
function startDemo(ports) {
  const env = { ...process.env, ...ANY_PORTS, ...ports };
  // npm looks for the package.json upwards from here.
  const child = spawn('npm', ['start'], { cwd: import.meta.dirname, env, detached: true });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  const signal = (name) => {
    try {
      process.kill(-child.pid, name);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  };
  return {
    ended: once(child, 'exit'),
    printed: () => text,
    interrupt: () => signal('SIGINT'),
    end: () => signal('SIGKILL'),
  };
}

describe('npm start', () => {
  it('opens the demo, and stops cleanly on Ctrl-C with a connection still open', async () => {
    const { ended, printed, interrupt, end } = startDemo();
    try {
      const url = await waitFor(() => /open: (http:\/\/localhost:\d+)\//.exec(printed())?.[1], 'the demo', {
        timeoutMs: 120_000,
      });
      assert.match(printed(), /Sign in/);
      const page = await fetch(url);
      assert.equal(page.status, 200);
      assert.match(await page.text(), /<title>/);
      const worker = await fetch(`${url}/holdfast/worker.js`);
      assert.match(
        worker.headers.get('content-security-policy'),
        /^default-src 'none'; script-src 'wasm-unsafe-eval'; connect-src 'self' https:\/\/escrow\.invalid http/,
      );
      // Its body is not read: the connection stays open.
      interrupt();
      // npm tells the signal as its own end.
      const [code, signal] = await ended;
      assert.ok(code === 0 || signal === 'SIGINT' || code === 130, `it ended with ${code ?? signal}`);
      await assert.rejects(fetch(url), 'nothing listens any longer');
    } finally {
      end();
    }
  });

  it('names a port that is in use, and how to choose another', async () => {
    const other = await startListener();
    try {
      const { ended, printed } = startDemo({ HOLDFAST_API_PORT: String(other.port) });
      const [code] = await ended;
      assert.equal(code, 1);
      assert.match(printed(), new RegExp(`Port ${other.port}.* is in use`));
      assert.match(printed(), /HOLDFAST_API_PORT/);
    } finally {
      await other.close();
    }
  });
});

describe('npx holdfast init', () => {
  const command = join(packageFolder, 'bin', 'holdfast.mjs');
  const run = (...args) => promisify(execFile)(process.execPath, [command, ...args]);

  it('copies worker and escrow, and --check finds a copy that is missing or stale', async () => {
    const folder = await temporaryFolder();
    try {
      const target = join(folder.path, 'public', 'holdfast');
      await assert.rejects(run('init', target, '--check'), { code: 1 });
      for (const file of ['worker.js', 'escrow.js']) {
        await run('init', target);
        await run('init', target, '--check');
        const copy = join(target, file);
        assert.deepEqual(await readFile(copy), await readFile(join(packageFolder, file)));
        await appendFile(copy, ' ');
        await assert.rejects(run('init', target, '--check'), { code: 1, stderr: /npx holdfast init/ });
        await rm(copy);
        await assert.rejects(run('init', target, '--check'), { code: 1 });
      }
    } finally {
      await folder.remove();
    }
  });

  it('explains itself, and refuses what it does not know', async () => {
    assert.match((await run('--help')).stdout, /holdfast init <folder>/);
    for (const args of [['init'], ['init', 'a', 'b'], ['init', 'a', '--force'], ['publish']]) {
      await assert.rejects(run(...args), { code: 2, stderr: /holdfast init <folder>/ }, args.join(' '));
    }
  });
});
