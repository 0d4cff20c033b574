// #region docs
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';

// #endregion

export default function ({ auth, api }) {
  // #region docs
  const client = new ApolloClient({
    link: new HttpLink({ uri: `${api}/graphql`, fetch: auth.fetch }),
    cache: new InMemoryCache(),
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
  const read = (id) => client.query({ query: NOTE, variables: { id } });
  const write = (note) => client.mutate({ mutation: ADD_NOTE, variables: note });
  const needsSignIn = (error) => error.code === 'login_required';
  // #endregion
  const query = (text, signal) =>
    client.query({ query: gql(text), fetchPolicy: 'no-cache', context: { fetchOptions: { signal } } });
  return {
    read: async (id) => (await read(id)).data.note,
    write: async (note) => (await write(note)).data.addNote,
    needsSignIn,
    statusOf: (error) => error.statusCode,
    unavailable: () => query('query Unavailable { never }'),
    never: (signal) => query('query Never { never }', signal),
    stream(signal, onItem) {
      const ticked = client.subscribe({ query: gql('subscription { ticked }') });
      const subscription = ticked.subscribe(({ data }) => onItem(String(data.ticked)));
      signal.addEventListener('abort', () => subscription.unsubscribe());
    },
  };
}
