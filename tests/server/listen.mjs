/**
 * Starts an HTTP server on the loopback interface, and stops it at once, whatever is still open.
 *
 * `localhost` is two addresses (127.0.0.1 and ::1) and a browser may try either first, so for that name both are
 * bound, to the same port. Port 0 asks the system for a free one.
 */
import http from 'node:http';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1']);

/**
 * @param {http.RequestListener} handler
 * @param {{ port: number, host: string }} where
 * @returns {Promise<{ port: number, origin: string, close(): Promise<void> }>}
 *   rejects with an error that has `code: 'EADDRINUSE'` and `port` when the port is taken
 */
export async function listen(handler, { port, host }) {
  if (!LOOPBACK.has(host)) {
    throw new Error(
      `The test servers listen on loopback only; "${host}" is not one of ${[...LOOPBACK].join(', ')}`,
    );
  }
  const servers = host === 'localhost' ? await bindBoth(handler, port) : [await bind(handler, port, host)];
  const actualPort = servers[0].address().port;
  return {
    port: actualPort,
    origin: `http://${host === '::1' ? '[::1]' : host}:${actualPort}`,
    async close() {
      await Promise.all(servers.map(stop));
    },
  };
}

function bind(handler, port, host) {
  return new Promise((resolve, reject) => {
    const server = http.createServer(handler);
    server.once('error', (error) => reject(Object.assign(error, { port })));
    server.listen({ port, host, exclusive: true }, () => {
      server.removeAllListeners('error');
      // Broken connections are part of these servers' work (faults, aborted downloads): never a crash.
      server.on('clientError', (error, socket) => socket.destroy());
      resolve(server);
    });
  });
}

async function bindBoth(handler, port) {
  for (let attempt = 0; ; attempt += 1) {
    const ipv4 = await bind(handler, port, '127.0.0.1');
    try {
      return [ipv4, await bind(handler, ipv4.address().port, '::1')];
    } catch (error) {
      if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') return [ipv4]; // no IPv6 here
      await stop(ipv4);
      // With port 0 the number that was free on IPv4 may be taken on IPv6: draw another.
      if (error.code !== 'EADDRINUSE' || port !== 0 || attempt === 5) throw error;
    }
  }
}

function stop(server) {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
