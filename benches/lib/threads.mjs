/** How much of the processor's time each of a browser's threads had: as the system counts it, on Linux alone. */
import { readdir, readFile } from 'node:fs/promises';

/** Why there are no figures where there are none. */
export const ONLY_LINUX = 'the threads’ times are read from /proc, which only Linux has';

/** Chromium's threads, by the beginning of what the system calls them, and what they are to a page with a worker. */
const WORKERS = { SharedWorker: 'the worker', DedicatedWorker: 'the worker', ServiceWorker: 'the escrow' };
/** Of the processes that run script, the page's or another one in which a worker may be. */
const OTHERS = { main: 'main thread', Chrome_Child: 'messages', ThreadPool: 'pool (bodies, other steps)' };
/** Of the browser's own processes, those that have to do with a call. */
const SERVICES = { 'network.mojom.NetworkService': "the browser's network service" };
const [THE_PAGE, ANOTHER] = ["the page's process", "the worker's process"];
/** For how long a page is kept busy to be known by it, in milliseconds. */
const BUSY = 200;

/**
 * Which of the browser's processes are the page's, the workers' and its own.
 *
 * @param {object} opened what openSignedIn gives, in Chromium
 * @returns {Promise<Map<number, string>>}
 */
export async function processRoles({ processes, run }) {
  const all = processes().filter(({ command }) => !/^\S*chromedriver/.test(command));
  const candidates = all.filter(({ command }) => typeOf(command) === 'renderer').map(({ pid }) => pid);
  const before = await Promise.all(candidates.map(mainThread));
  await run((milliseconds) => {
    for (const end = performance.now() + milliseconds; performance.now() < end;);
  }, BUSY);
  const after = await Promise.all(candidates.map(mainThread));
  const took = after.map((time, index) => time - before[index]);
  const mine = candidates[took.indexOf(Math.max(...took))];
  return new Map(
    all.map(({ pid, command }) => {
      if (candidates.includes(pid)) return [pid, pid === mine ? THE_PAGE : ANOTHER];
      const [, service] = /--utility-sub-type=(\S+)/.exec(command) ?? [];
      return [
        pid,
        typeOf(command) ? (SERVICES[service] ?? 'its other processes') : "the browser's own process",
      ];
    }),
  );
}

const typeOf = (command) => /--type=(\S+)/.exec(command)?.[1];

/**
 * @param {Map<number, string>} roles
 * @returns {Promise<Map<string, { place: string, nanoseconds: number }>>} by process and thread
 */
export async function threadTimes(roles) {
  const times = new Map();
  for (const [id, role] of roles) {
    for (const thread of await readdir(`/proc/${id}/task`).catch(() => [])) {
      try {
        const called = await readFile(`/proc/${id}/task/${thread}/comm`, 'utf8');
        const place = placeOf(role, Number(thread) === id ? 'main' : called.trim());
        times.set(`${id}/${thread}`, { place, nanoseconds: await timeOf(id, thread) });
      } catch {
        // It has ended meanwhile.
      }
    }
  }
  return times;
}

function placeOf(role, thread) {
  if (role !== THE_PAGE && role !== ANOTHER) return role;
  const among = (names) => Object.entries(names).find(([called]) => thread.startsWith(called))?.[1];
  return among(WORKERS) ?? `${role}: ${among(OTHERS) ?? 'other threads'}`;
}

const mainThread = (id) => timeOf(id, id).catch(() => 0);

async function timeOf(id, thread) {
  const [nanoseconds] = (await readFile(`/proc/${id}/task/${thread}/schedstat`, 'utf8')).split(' ');
  return Number(nanoseconds);
}
