/** Programs that `npm test` runs: their lines, their time limit, and that nothing stays behind. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { attempt, run } from '../../tools/lib/process.mjs';
import { tree } from './support.mjs';

const node = (code, options) => attempt(process.execPath, ['-e', code], options);

/** A program that starts a child in a session of its own, as browsers do, and notes the child's id. */
const withOrphan = (file) => `
  const { spawn } = require('node:child_process');
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'inherit' });
  require('node:fs').writeFileSync(${JSON.stringify(file)}, String(child.pid));
  child.unref();
`;

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    // A zombie that nobody has collected yet is dead enough.
    const stat = `/proc/${pid}/stat`;
    return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, 'latin1'));
  } catch {
    return false;
  }
}

test('both outputs arrive in order, with the exit code', async () => {
  const lines = [];
  const code =
    "console.log('one'); console.error('two'); process.stdout.write('three'); process.exitCode = 3;";
  const result = await node(code, { onLine: (line) => lines.push(line) });
  assert.deepEqual(lines, ['one', 'two', 'three']);
  assert.equal(result.code, 3);
  assert.equal(result.timedOut, false);
});

test('a program that does not exist is reported', async () => {
  const result = await attempt('holdfast-does-not-exist');
  assert.equal(result.code, 127);
  assert.match(result.output.join(), /not found/);
});

test('a program that takes too long is ended, with its children', async () => {
  // A busy machine may need longer to start the program and its child than the first limit gives.
  for (const timeoutSeconds of [0.7, 5, 30]) {
    const file = path.join(tree({}), 'pid');
    const code = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); ${withOrphan(file)}`;
    const result = await node(code, { timeoutSeconds });
    assert.equal(result.timedOut, true);
    assert.ok(result.seconds < timeoutSeconds + 8);
    if (!existsSync(file) && timeoutSeconds < 30) continue;
    return assert.equal(isAlive(Number(readFileSync(file, 'utf8'))), false);
  }
});

test('a child that outlives its program, holding its output open, is ended', async () => {
  const file = path.join(tree({}), 'pid');
  const result = await node(withOrphan(file));
  assert.equal(result.code, 0);
  assert.equal(isAlive(Number(readFileSync(file, 'utf8'))), false);
});

test('a failure is an error with the end of the output, for those who ask for that', async () => {
  const failing = run(process.execPath, ['-e', "console.log('what happened'); process.exit(4)"]);
  await assert.rejects(failing, /ended with code 4\n +what happened/);
  assert.equal((await run(process.execPath, ['-e', ''])).code, 0);
});
