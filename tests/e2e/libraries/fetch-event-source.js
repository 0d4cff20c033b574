// #region docs
import { fetchEventSource } from '@microsoft/fetch-event-source';

// #endregion

export default function ({ auth, api }) {
  // #region docs
  const listen = (path, onmessage, options) =>
    fetchEventSource(api + path, {
      fetch: auth.fetch,
      async onopen({ status }) {
        if (status === 200) return;
        throw Object.assign(new Error(`The API answered ${status}`), { status, retryable: status >= 500 });
      },
      onmessage,
      onerror(error) {
        // What is thrown here ends it. Otherwise it connects again, after a second.
        if (error.retryable === false) throw error;
      },
      ...options,
    });
  const ask = (prompt, onmessage) =>
    listen('/assistant', onmessage, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt }),
    });
  const needsSignIn = (error) => error.code === 'login_required';
  // #endregion
  return {
    async read() {
      const ticks = [];
      await listen('/events?count=1', ({ id, event }) => ticks.push({ id, text: event }));
      return ticks[0];
    },
    async write({ text }) {
      const words = [];
      await ask(text, ({ data }) => words.push(data));
      return { text: words.join(' ') };
    },
    needsSignIn,
    statusOf: (error) => error.status,
    unavailable: () => listen('/notes/404', () => {}),
    unreachable: () =>
      listen('/events', () => {}, {
        onerror(error) {
          throw error;
        },
      }),
    never: (signal) => listen('/never', () => {}, { signal }).then(() => 'ended'),
    stream: (signal, onItem) =>
      listen('/events?count=2&intervalMs=3600000', ({ data }) => onItem(data), { signal }),
  };
}
