/**
 * Runs other programs: their output line by line, with a time limit, and never leaving anything behind. Browser
 * drivers start browsers, and those start more; all of them end when the program that asked for them has ended.
 */
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { promisify } from 'node:util';

/** Each program started here carries this variable, and whatever it starts inherits it. */
const marker = 'HOLDFAST_STARTED_BY';
const running = new Set();
let interrupted = false;

/**
 * Runs a program to its end. `onLine(line)` gets standard output and standard error in the order written.
 * Resolves (never rejects) with { code, signal, timedOut, seconds, output }, where `output` is the last 200 lines.
 */
export function attempt(command, args, options) {
  return start(command, args, options).done;
}

/** As `attempt`, but rejects when the program fails, with the end of what it printed. */
export async function run(command, args = [], options = {}) {
  const result = await attempt(command, args, options);
  if (result.code === 0 && !result.timedOut) return result;
  throw new Error([outcome([command, ...args], result, options), ...result.output.slice(-40)].join('\n    '));
}

/** How a program ended, in words: "`cargo fmt` ended with code 1". */
export function outcome(words, { code, signal, timedOut }, { timeoutSeconds } = {}) {
  const ending = timedOut ? `took longer than ${timeoutSeconds} s` : `ended with ${signal ?? `code ${code}`}`;
  return `\`${words.join(' ')}\` ${ending}`;
}

/** As `attempt`, for a program that is to be stopped: returns { done, stop } at once. */
export function start(command, args = [], options = {}) {
  const entry = { id: randomUUID() };
  return { done: perform(entry, command, args, options), stop: () => end(entry) };
}

async function perform(entry, command, args, { cwd, env, onLine, timeoutSeconds }) {
  const started = performance.now();
  const output = [];
  let timedOut = false;
  const line = (text) => {
    output.push(text);
    if (output.length > 200) output.shift();
    onLine?.(text);
  };
  // The shell joins the two streams into one pipe; read from two pipes, their lines would lose their order.
  const child = spawn('sh', ['-c', 'exec "$0" "$@" 2>&1', command, ...args], {
    cwd,
    env: { ...process.env, ...env, [marker]: entry.id },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true, // a process group of its own, so that a signal reaches all of it
  });
  entry.pid = child.pid;
  running.add(entry);
  const timer = timeoutSeconds
    ? setTimeout(() => {
        timedOut = true;
        void end(entry);
      }, timeoutSeconds * 1000)
    : undefined;
  const result = await new Promise((resolve) => {
    let rest = '';
    child.stdout?.setEncoding('utf8');
    child.stdout?.on('data', (chunk) => {
      const lines = (rest + chunk).split(/\r?\n/);
      rest = lines.pop();
      lines.forEach(line);
    });
    const finish = (code, signal) => {
      if (rest) line(rest);
      rest = '';
      resolve({ code, signal });
    };
    child.on('error', (error) => {
      rest = error.message;
      finish(null, null);
    });
    child.on('exit', (code, signal) => {
      // A browser left behind can hold the pipe open for ever: end the leftovers, then take what was read.
      const patience = setTimeout(() => {
        void end(entry).then(() => setTimeout(() => finish(code, signal), 500));
      }, 300);
      child.on('close', () => {
        clearTimeout(patience);
        finish(code, signal);
      });
    });
  });
  clearTimeout(timer);
  await end(entry);
  running.delete(entry);
  return { ...result, timedOut, seconds: (performance.now() - started) / 1000, output };
}

/** Runs a short program and returns what it printed, or null when it is absent or fails. */
export async function ask(command, args = [], options = {}) {
  try {
    const { stdout } = await promisify(execFile)(command, args, { timeout: 20_000, ...options });
    return stdout.trim();
  } catch {
    return null;
  }
}

/** Ends what `run` started and everything that it started in turn: asks first, insists after two seconds. */
async function end(entry) {
  for (const [signal, patience] of [
    ['SIGTERM', 2000],
    ['SIGKILL', 1000],
  ]) {
    if (!signalAll(entry, signal)) return;
    const until = Date.now() + patience;
    while (Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (!signalAll(entry, 0)) return;
    }
  }
}

/** Sends a signal (0: only asks) to every live process of the entry; says whether there was one. */
function signalAll({ pid, id }, signal) {
  let found = false;
  for (const target of process.platform === 'linux' ? members(pid, id) : [-pid]) {
    try {
      process.kill(target, signal);
      found = true;
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}

/** Live processes that are in the group or carry the marker (a browser leaves the group); zombies don't count. */
function members(group, id) {
  const wanted = `${marker}=${id}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        const [state, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        if (state === 'Z') return false;
        if (Number(processGroup) === group) return true;
        return readFileSync(`/proc/${name}/environ`, 'latin1').includes(wanted);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Ends every program that is running, for Ctrl-C. */
export async function endAll() {
  interrupted = true;
  await Promise.all([...running].map(end));
}

/** True once `endAll` was called: whoever waits for a program should not start the next one. */
export const wasInterrupted = () => interrupted;

/** On Ctrl-C and the like: ends the children, then calls `last` and exits. A second Ctrl-C does not wait. */
export function endChildrenOnSignals(last = () => {}) {
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
  for (const [signal, code] of Object.entries(codes)) {
    process.on(signal, () => {
      if (interrupted) process.exit(code);
      void endAll().then(() => {
        last(signal);
        process.exit(code);
      });
    });
  }
}
