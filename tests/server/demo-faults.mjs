/**
 * What the demo lets go wrong on request, so that people can watch a session hold. The site takes these requests from its own
 * page only, and like all of these servers it listens on loopback only; nothing of this is in the package.
 */

/**
 * @param {object} provider what `startProvider` gives
 * @param {{ outageSeconds: number }} options
 * @returns {{ actions: Record<string, () => object>, state(): object, stop(): void }} `actions` by their paths, for `startSite`
 */
export function demoFaults(provider, { outageSeconds }) {
  const unavailable = {
    name: 'server-down',
    status: 503,
    body: { error: 'temporarily_unavailable' },
    times: Infinity,
  };
  let upAgainAt = 0;
  let timer;

  function remove(fault) {
    const index = provider.faults.indexOf(fault);
    if (index !== -1) provider.faults.splice(index, 1);
  }

  function stop() {
    clearTimeout(timer);
    remove(unavailable);
    upAgainAt = 0;
  }

  /** How the requests for a renewal have ended since the start, and for how long the server is still down. */
  function state() {
    const refreshes = provider.tokenRequests.filter(({ grantType }) => grantType === 'refresh_token');
    const count = (fits) => refreshes.filter(fits).length;
    return {
      downForMs: Math.max(0, upAgainAt - Date.now()),
      answered: count(({ status }) => status === 200),
      lost: count(({ status }) => status === 0),
      unavailable: count(({ status }) => status === 503),
    };
  }

  return {
    state,
    stop,
    actions: {
      '/faults/lose-next-refresh': () => {
        const isSet = provider.faults.some(({ destroy }) => destroy === 'after');
        if (!isSet)
          provider.faults.push({ name: 'lose-answer', grantType: 'refresh_token', destroy: 'after' });
        return state();
      },
      '/faults/server-down': () => {
        stop();
        provider.faults.unshift(unavailable);
        upAgainAt = Date.now() + outageSeconds * 1000;
        timer = setTimeout(stop, outageSeconds * 1000).unref();
        return state();
      },
    },
  };
}
