/**
 * One set-up at a time per user: a folder is the lock, since making a folder either succeeds or says that it is there.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Runs `work` while holding the lock; waits for another holder, and takes over from one that has died. */
export async function withLock(folder, work, { onWait = () => {} } = {}) {
  mkdirSync(path.dirname(folder), { recursive: true });
  let told = false;
  while (!take(folder)) {
    const holder = readHolder(folder);
    if (holder ? isDead(holder) : isOld(folder)) {
      discard(folder, holder);
      continue;
    }
    if (!told) onWait(holder);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const release = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

function take(folder) {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(path.join(folder, 'holder'), JSON.stringify({ pid: process.pid, host: os.hostname() }));
  return true;
}

/** The holder, or null in the instant between the folder and its file (or when it has just been released). */
function readHolder(folder) {
  try {
    return JSON.parse(readFileSync(path.join(folder, 'holder'), 'utf8'));
  } catch {
    return null;
  }
}

function isDead({ pid, host }) {
  if (host !== os.hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/** A lock without a holder's name is being taken or released right now, unless it has been so for long. */
function isOld(folder) {
  try {
    return Date.now() - statSync(folder).mtimeMs > 10_000;
  } catch {
    return false;
  }
}

/** Moves the dead holder's folder away; puts it back if it was somebody else's, taken in the meantime. */
function discard(folder, dead) {
  const aside = `${folder}.${process.pid}.${Date.now()}`;
  try {
    renameSync(folder, aside);
  } catch {
    return;
  }
  const found = readHolder(aside);
  if (found && found.pid !== dead?.pid) renameSync(aside, folder);
  else rmSync(aside, { recursive: true, force: true });
}
