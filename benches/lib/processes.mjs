/**
 * Puts the pages and workers of one browser to sleep, as a laptop whose lid is closed: timers don't run, and when it wakes
 * up, the clock has moved on. Freezing by the browser's own means would let timers run.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What a browser calls its processes that run script. */
const RUNS_SCRIPT = /--type=renderer|-contentproc.* tab$|-contentproc|WebKitWebProcess/;
let opening = Promise.resolve();

/**
 * Calls `open`, which starts a browser; one at a time, to know whose processes are new.
 *
 * @template T
 * @param {() => Promise<T>} open
 * @returns {Promise<{ opened: T, list: () => { pid: number, command: string }[], pages: { stop(): void, goOn(): void } }>} `list`: its
 *   processes, those of its driver included
 */
export function newProcesses(open) {
  const turn = opening.then(async () => {
    const before = new Set(childrenOf(process.pid));
    const opened = await open();
    const roots = childrenOf(process.pid).filter((pid) => !before.has(pid));
    const stopped = new Set();
    return {
      opened,
      list: () => descendants(roots),
      pages: {
        stop() {
          for (const { pid, command } of descendants(roots)) {
            if (RUNS_SCRIPT.test(command) && send(pid, 'SIGSTOP')) stopped.add(pid);
          }
          if (stopped.size === 0) throw new Error('no process of a page was found to be stopped');
        },
        goOn() {
          for (const pid of stopped) send(pid, 'SIGCONT');
          stopped.clear();
        },
      },
    };
  });
  opening = turn.catch(() => {});
  return turn;
}

function table() {
  return process.platform === 'linux' ? fromProc() : fromPs();
}

/** A small system may have no `ps`. */
function fromProc() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        // After the name, which may have any character: its state, its parent.
        const [, parent] = /.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'));
        return [{ pid: Number(pid), parent: Number(parent), command }];
      } catch {
        return []; // gone meanwhile
      }
    });
}

function fromPs() {
  return execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,args='], { encoding: 'utf8', maxBuffer: 1e8 })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter(Boolean)
    .map(([, pid, parent, command]) => ({ pid: Number(pid), parent: Number(parent), command }));
}

function childrenOf(pid) {
  return table()
    .filter(({ parent, command }) => parent === pid && !command.startsWith('ps '))
    .map((entry) => entry.pid);
}

function descendants(roots) {
  const all = table();
  const found = all.filter(({ pid }) => roots.includes(pid));
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
  return found;
}

function send(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch {
    return false; // gone already
  }
}
