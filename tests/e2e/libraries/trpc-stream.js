// #region docs
import { createTRPCClient, httpBatchStreamLink, httpSubscriptionLink, splitLink } from '@trpc/client';
import { EventSource } from 'eventsource';

// #endregion

export default function ({ auth, api }) {
  // #region docs
  const url = `${api}/trpc`;
  const streamed = createTRPCClient({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: httpSubscriptionLink({
          url,
          EventSource,
          eventSourceOptions: {
            fetch: (input, init) => auth.fetch(input, { ...init, redirect: 'error' }),
          },
        }),
        false: httpBatchStreamLink({ url, fetch: auth.fetch }),
      }),
    ],
  });
  // #endregion
  return {
    read: (id) => streamed.note.query(id),
    write: (note) => streamed.addNote.mutate(note),
    needsSignIn: (error) => error.cause?.code === 'login_required',
    statusOf: (error) => error.data.httpStatus,
    never: (signal) => streamed.never.query(undefined, { signal }),
    /** Two calls in one request, of which one is never answered. */
    async stream(signal, onItem) {
      streamed.never.query(undefined, { signal }).catch(() => {});
      onItem((await streamed.note.query('1', { signal })).text);
    },
    /** What the first failure of a subscription says. */
    refusal: () =>
      new Promise((resolve) => {
        const { unsubscribe } = streamed.ticked.subscribe(undefined, {
          onConnectionStateChange({ error }) {
            if (!error) return;
            resolve(error.message);
            unsubscribe();
          },
        });
      }),
    subscribe(signal, onItem) {
      const { unsubscribe } = streamed.ticked.subscribe(undefined, {
        onData: (data) => onItem(String(data)),
      });
      signal.addEventListener('abort', unsubscribe);
    },
  };
}
