/** The set-up: what it installs, what it says, and that it does nothing when there is nothing to do. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { ensureDisplay } from '../../tools/lib/display.mjs';
import { withLock } from '../../tools/lib/lock.mjs';
import { isInstalled } from '../../tools/lib/setup-node.mjs';
import { prepareInstallation } from '../../tools/lib/setup-system.mjs';
import { tree } from './support.mjs';

const setup = fileURLToPath(new URL('../../tools/setup.mjs', import.meta.url));

/** `cargo install` that notes its arguments and leaves programs which know their version. */
const fakeCargo = `#!/bin/sh
echo "cargo $*" >> "$FAKE_HOME/calls"
echo "   Compiling something"
if [ -n "$FAKE_FAILS" ]; then echo "error: no space left on device"; exit 101; fi
while [ -n "$FAKE_WAITS" ] && [ ! -e "$FAKE_HOME/go" ]; do sleep 0.02; done
name=$2; version=\${4#=}; bin=$6/bin
mkdir -p "$bin"
case $name in
  wasm-bindgen-cli) programs="wasm-bindgen wasm-bindgen-test-runner";;
  *) programs=$name;;
esac
for program in $programs; do
  printf '#!/bin/sh\\necho %s %s\\n' "$program" "$version" > "$bin/$program"
  chmod +x "$bin/$program"
done
`;

/** A machine in a folder: its own home, and only these programs on PATH. */
function machine(programs) {
  const home = tree({ 'sysroot/lib/rustlib/wasm32-unknown-unknown/lib/core.rlib': '' });
  const bin = path.join(home, 'fake');
  mkdirSync(bin);
  for (const name of ['sh', 'sleep', 'mkdir', 'chmod', 'cat']) {
    const folder = ['/bin', '/usr/bin'].find((each) => existsSync(path.join(each, name)));
    symlinkSync(path.join(folder, name), path.join(bin, name));
  }
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(path.join(bin, name), text);
    chmodSync(path.join(bin, name), 0o755);
  }
  const env = {
    PATH: bin,
    HOME: home,
    FAKE_HOME: home,
    XDG_CACHE_HOME: path.join(home, 'cache'),
    CI: 'true',
  };
  const run = (needs, { onOutput, ...more } = {}) =>
    new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        [setup, ...needs],
        { env: { ...env, ...more } },
        (error, stdout, stderr) => resolve({ code: error?.code ?? 0, output: stdout + stderr }),
      );
      if (onOutput) [child.stdout, child.stderr].forEach((stream) => stream.on('data', onOutput));
    });
  const calls = () =>
    existsSync(path.join(home, 'calls')) ? readFileSync(path.join(home, 'calls'), 'utf8') : '';
  return { home, bin, run, calls };
}

const script = (text) => `#!/bin/sh\n${text}\n`;
const rust = { cargo: fakeCargo, cc: script(''), rustc: script('echo "$FAKE_HOME/sysroot"') };

test('what is absent is installed, announced before and timed after; then there is nothing to do', async () => {
  const { run, calls, home } = machine(rust);
  const first = await run(['wasm']);
  assert.equal(first.code, 0, first.output);
  assert.match(
    first.output,
    /installing wasm-bindgen-cli 0\.2\.\d+.*\n +into ~\/cache\/holdfast\/tools\/bin, about 3 min/,
  );
  assert.match(first.output, /wasm-pack 0\.15\.0, compiled from source: done in [\d.]+ m?s/);
  assert.match(
    calls(),
    new RegExp(`install wasm-bindgen-cli --version =0[.\\d]+ --root ${home}/cache/holdfast/tools --force\n`),
  );
  assert.match(calls(), /install wasm-pack --version =0\.15\.0 --root .* --locked\n/);
  const before = calls();
  const second = await run(['wasm']);
  assert.equal(second.output, 'setup: everything is there\n');
  assert.equal(calls(), before);
});

test('two at once install once', { timeout: 60_000 }, async () => {
  const { home, run, calls } = machine(rust);
  const waits = /another set-up is running/;
  let output = '';
  const onOutput = (text) => {
    output += text;
    // The first goes on when the second has come to wait for it.
    if (waits.test(output)) writeFileSync(path.join(home, 'go'), '');
  };
  const one = () => run(['wasm'], { FAKE_WAITS: '1', onOutput });
  const both = await Promise.all([one(), one()]);
  assert.deepEqual(
    both.map(({ code }) => code),
    [0, 0],
  );
  assert.equal(calls().trim().split('\n').length, 2);
});

test('a tool of another version is replaced', async () => {
  const { run, calls } = machine({ ...rust, 'wasm-pack': script('echo wasm-pack 0.12.0') });
  assert.equal((await run(['wasm'])).code, 0);
  assert.match(calls(), /install wasm-pack/);
});

test('a failed installation says why, and where the whole output is', async () => {
  const { run, home } = machine(rust);
  const { code, output } = await run(['wasm'], { FAKE_FAILS: '1' });
  assert.equal(code, 1);
  assert.match(output, /'wasm' is needed and could not be set up: `cargo install wasm-bindgen-cli/);
  assert.match(output, /error: no space left on device/);
  assert.equal(readdirSync(path.join(home, 'cache/holdfast/logs')).length, 1);
});

test('without Rust, and without a compiler, it says how to get them', async () => {
  const { output, code } = await machine({}).run(['wasm']);
  assert.equal(code, 1);
  assert.match(output, /rustup\.rs/);
  const noCompiler = await machine({ cargo: fakeCargo, rustc: rust.rustc }).run(['rust']);
  assert.match(noCompiler.output, /Install a C compiler so that `cc` is on PATH/);
});

test('without rustup, a missing target says what to add', async () => {
  const { run } = machine({ ...rust, rustc: script('echo /nowhere') });
  assert.match((await run(['wasm'])).output, /rustup target add wasm32-unknown-unknown/);
});

test('a browser that cannot be installed is a failure with a message', async () => {
  const { output, code } = await machine({}).run(['chromium']);
  assert.equal(code, 1);
  assert.match(
    output,
    /'chromium' is needed and could not be set up: .*`chromium` and `chromedriver` are on PATH/,
  );
});

test('apt-get: as root directly, else by sudo, else the command to run by hand', async () => {
  const path_ = process.env.PATH;
  const executed = [];
  const execute = async (...command) => void executed.push(command.flat().join(' '));
  const install = async (uid) =>
    (await prepareInstallation(['chromium', 'xvfb'], 'Elsewhere.', { uid }))(execute);
  try {
    process.env.PATH = machine({ 'apt-get': script('') }).bin;
    await install(0);
    assert.deepEqual(executed.splice(0), [
      'apt-get -q -o DPkg::Lock::Timeout=600 update',
      'apt-get -q -o DPkg::Lock::Timeout=600 install -y --no-install-recommends chromium xvfb',
    ]);
    await assert.rejects(install(1000), /Run by hand:\n    sudo apt-get install chromium xvfb/);
    process.env.PATH = machine({ 'apt-get': script(''), sudo: script('exit 1') }).bin;
    await assert.rejects(install(1000), /sudo asks for a password/);
    process.env.PATH = machine({ 'apt-get': script(''), sudo: script('') }).bin;
    await install(1000);
    assert.match(executed.at(-1), /^sudo -n apt-get .* install -y/);
    process.env.PATH = machine({}).bin;
    await assert.rejects(install(0), /no apt-get here.* Elsewhere\./);
  } finally {
    process.env.PATH = path_;
  }
});

test('node_modules: absent, complete, outdated; packages for other systems may be absent', () => {
  const lock = (packages) => JSON.stringify({ packages: { '': {}, ...packages } });
  const a = (version) => ({ 'node_modules/a': { version, integrity: `sha512-${version}` } });
  const other = { 'node_modules/other-system': { version: '1.0.0', optional: true } };
  const check = (wanted, installed) =>
    isInstalled(
      tree({
        'package-lock.json': lock(wanted),
        ...(installed ? { 'node_modules/.package-lock.json': lock(installed) } : {}),
      }),
    );
  assert.equal(check(a('1.0.0'), null), false);
  assert.equal(check({ ...a('1.0.0'), ...other }, a('1.0.0')), true);
  assert.equal(check(a('1.0.1'), a('1.0.0')), false);
  assert.equal(check({ ...a('1.0.0'), 'node_modules/b': { version: '1.0.0' } }, a('1.0.0')), false);
});

test('the lock: one at a time, and a dead holder does not keep it', async () => {
  const folder = path.join(tree({}), 'lock');
  let inside = 0;
  const work = async () => {
    assert.equal(++inside, 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    inside--;
  };
  await Promise.all([withLock(folder, work), withLock(folder, work)]);
  const { hostname } = await import('node:os');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'holder'), JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() }));
  await withLock(folder, work);
  assert.equal(existsSync(folder), false);
});

test('a display that is there is used; one that cannot be started is an error with a reason', async () => {
  const { DISPLAY, PATH } = process.env;
  try {
    process.env.DISPLAY = ':9';
    assert.deepEqual((await ensureDisplay()).env, {});
    delete process.env.DISPLAY;
    process.env.PATH = machine({}).bin;
    await assert.rejects(ensureDisplay(), /Xvfb could not be started/);
  } finally {
    Object.assign(process.env, { PATH });
    if (DISPLAY === undefined) delete process.env.DISPLAY;
    else process.env.DISPLAY = DISPLAY;
  }
});
