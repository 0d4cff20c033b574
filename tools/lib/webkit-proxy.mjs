/**
 * Stands between wasm-bindgen-test-runner and WebKitGTK's driver. The runner knows WebKit as Safari only, and asks
 * for its sessions without options; here each session gets those of webdriver.json: above all ITP switched on, as it
 * is for Safari's users. Everything else passes through.
 */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { findBrowser } from './find.mjs';
import { root } from './paths.mjs';
import { start } from './process.mjs';

/** Returns { url, stop }. `display` is what `ensureDisplay` returned. */
export async function startWebKitProxy(driver, display) {
  const port = await freePort();
  const program = start(driver, [`--port=${port}`, '--replace-on-new-session'], { env: display?.env });
  const server = http.createServer((request, response) => pass(request, response, port));
  const stop = async () => {
    server.close();
    server.closeAllConnections();
    await program.stop();
  };
  try {
    await untilListening(port, program.done);
    await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}

export function sessionOptions() {
  const { args } = JSON.parse(readFileSync(path.join(root, 'webdriver.json'), 'utf8'))[
    'webkitgtk:browserOptions'
  ];
  const { binary } = findBrowser('webkit');
  return { capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': { binary, args } } } };
}

async function pass(request, response, port) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const isNewSession = request.method === 'POST' && request.url === '/session';
  const body = isNewSession ? Buffer.from(JSON.stringify(sessionOptions())) : Buffer.concat(chunks);
  const options = {
    host: '127.0.0.1',
    port,
    method: request.method,
    path: request.url,
    headers: { 'content-type': 'application/json', 'content-length': body.length },
  };
  const onward = http.request(options, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', (error) => {
    response.writeHead(502, { 'content-type': 'text/plain' });
    response.end(`the WebKit driver did not answer: ${error.message}`);
  });
  onward.end(body);
}

async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilListening(port, ended) {
  let result;
  void ended.then((value) => (result = value));
  const until = Date.now() + 20_000;
  while (Date.now() < until) {
    if (result) throw new Error(`the WebKit driver ended at once: ${result.output.join('\n')}`);
    const open = await new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('close', () => resolve(false)).setTimeout(1000, () => socket.destroy());
      socket.once('connect', () => socket.end());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the WebKit driver did not listen within 20 seconds');
}
