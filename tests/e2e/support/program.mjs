/**
 * Starts a helper program (a WebDriver server) in a process group of its own, keeps the end of its output for
 * error messages, and stops the whole group by its id: a browser that the driver left behind goes with it.
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

const OUTPUT_LIMIT = 4_000_000;

/** A TCP port of the loopback interface that is free at this moment. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** The environment of this process without proxies: everything the tests talk to is on the loopback interface. */
export function directEnvironment(extra = {}) {
  const environment = { ...process.env, ...extra };
  for (const name of Object.keys(environment)) {
    if (/^(https?|all|ftp|socks)_proxy$/i.test(name)) delete environment[name];
  }
  return environment;
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: object, cwd?: string, stdin?: 'ignore' | 'pipe' }} options `pipe`: for what ends where nobody can type
 */
export function startProgram(command, args, { env = {}, cwd, stdin = 'ignore' } = {}) {
  const child = spawn(command, args, {
    cwd,
    env: directEnvironment(env),
    detached: true,
    stdio: [stdin, 'pipe', 'pipe'],
  });
  const program = { child, output: '', exited: false, stop: () => stop(program) };
  const keep = (chunk) => {
    program.output = (program.output + chunk).slice(-OUTPUT_LIMIT);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  program.exit = new Promise((resolve) => {
    child.once('error', (error) => {
      keep(String(error));
      program.exited = true;
      resolve();
    });
    child.once('exit', () => {
      program.exited = true;
      resolve();
    });
  });
  running.add(program);
  return program;
}

const running = new Set();

function signal(program, name) {
  try {
    if (program.child.pid) process.kill(-program.child.pid, name);
  } catch {
    // The group is gone already.
  }
}

async function stop(program) {
  running.delete(program);
  signal(program, 'SIGTERM');
  const patience = setTimeout(() => signal(program, 'SIGKILL'), 2000);
  await program.exit;
  clearTimeout(patience);
  // The leader is gone; whoever is left in its group has had no reason to stay.
  signal(program, 'SIGKILL');
}

// A test that throws, or Ctrl-C, must not leave a browser behind.
process.on('exit', () => {
  for (const program of running) signal(program, 'SIGKILL');
});
for (const name of ['SIGINT', 'SIGTERM']) {
  process.once(name, () => process.exit(1));
}
