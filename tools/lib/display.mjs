/**
 * A display for browsers that can't do without one (WebKitGTK): the person's own, else a virtual one.
 */
import { spawn } from 'node:child_process';

/**
 * Starts Xvfb on a free display when DISPLAY is unset. Returns { env, stop }: the variables for the browser's
 * process, and a function that ends the display again.
 */
export async function ensureDisplay() {
  if (process.env.DISPLAY || process.platform !== 'linux') return { env: {}, stop: async () => {} };
  // -displayfd: Xvfb looks for a free display by itself and writes its number, once it is ready, to descriptor 3.
  const child = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    detached: true, // Ctrl-C in the terminal must not end the display before the browser that uses it
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const endAtExit = () => child.kill('SIGKILL');
  process.once('exit', endAtExit);
  const stop = async () => {
    process.removeListener('exit', endAtExit);
    child.ref();
    child.kill('SIGTERM');
    const insist = setTimeout(() => child.kill('SIGKILL'), 3000);
    await ended;
    clearTimeout(insist);
  };
  try {
    const number = await displayNumber(child);
    child.stderr.resume();
    // Somebody who forgets `stop` shall not hang: the display ends with the process.
    for (const handle of [child, child.stderr, child.stdio[3]]) handle.unref();
    return { env: { DISPLAY: `:${number}` }, stop };
  } catch (error) {
    if (child.pid) await stop();
    throw error;
  }
}

function displayNumber(child) {
  let timer;
  return new Promise((resolve, reject) => {
    let answer = '';
    let complaint = '';
    timer = setTimeout(() => reject(new Error('Xvfb did not start within 20 seconds')), 20_000);
    child.stdio[3].setEncoding('utf8').on('data', (chunk) => {
      answer += chunk;
      if (answer.includes('\n')) resolve(answer.trim());
    });
    child.stderr.setEncoding('utf8').on('data', (chunk) => (complaint += chunk));
    child.once('error', (error) => reject(new Error(`Xvfb could not be started: ${error.message}`)));
    child.once('exit', (code) => reject(new Error(`Xvfb ended with code ${code}: ${complaint.trim()}`)));
  }).finally(() => clearTimeout(timer));
}
