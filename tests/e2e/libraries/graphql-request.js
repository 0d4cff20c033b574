// #region docs
import { gql, GraphQLClient } from 'graphql-request';

// #endregion
import { ClientError } from 'graphql-request';

export default function ({ auth, api }) {
  // #region docs
  const client = new GraphQLClient(`${api}/graphql`, { fetch: auth.fetch });

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
  const read = (id) => client.request(NOTE, { id });
  const write = (note) => client.request(ADD_NOTE, note);
  const needsSignIn = (error) => error.code === 'login_required';
  // #endregion
  return {
    read: async (id) => (await read(id)).note,
    write: async (note) => (await write(note)).addNote,
    needsSignIn,
    statusOf: (error) => error instanceof ClientError && error.response.status,
    unavailable: () => client.request('query Unavailable { never }'),
    never: (signal) => client.request({ document: 'query Never { never }', signal }),
  };
}
