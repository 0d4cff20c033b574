// #region docs
import { cacheExchange, Client, fetchExchange, gql } from '@urql/core';

// #endregion

export default function ({ auth, api }) {
  // #region docs
  const client = new Client({
    url: `${api}/graphql`,
    fetch: auth.fetch,
    exchanges: [cacheExchange, fetchExchange],
    fetchSubscriptions: true,
  });

  const NOTE = gql`
    query Note($id: ID!) {
      note(id: $id) {
        id
        text
      }
    }
  `;
  const ADD_NOTE = gql`
    mutation AddNote($text: String!) {
      addNote(text: $text) {
        id
        text
      }
    }
  `;
  const read = (id) => client.query(NOTE, { id }).toPromise();
  const write = (note) => client.mutation(ADD_NOTE, note).toPromise();
  const needsSignIn = (error) => error.networkError?.code === 'login_required';
  // #endregion
  return {
    read: async (id) => dataOf(await read(id)).note,
    write: async (note) => dataOf(await write(note)).addNote,
    needsSignIn,
    statusOf: (error) => error.response.status,
    unavailable: async () => dataOf(await client.query('query Unavailable { never }', {}).toPromise()),
    never: (signal) =>
      new Promise((resolve) => {
        const { unsubscribe } = client.query('query Never { never }', {}).subscribe(resolve);
        signal.addEventListener('abort', () => {
          unsubscribe();
          resolve('unsubscribed');
        });
      }),
    stream(signal, onItem) {
      const ticked = client.subscription('subscription { ticked }', {});
      const { unsubscribe } = ticked.subscribe(({ data }) => onItem(String(data.ticked)));
      signal.addEventListener('abort', unsubscribe);
    },
  };
}

function dataOf({ data, error }) {
  if (error) throw error;
  return data;
}
