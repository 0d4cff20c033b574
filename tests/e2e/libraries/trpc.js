// #region docs
import { createTRPCClient, httpBatchLink } from '@trpc/client';

// #endregion

export default function ({ auth, api }) {
  // #region docs
  const client = createTRPCClient({
    links: [httpBatchLink({ url: `${api}/trpc`, fetch: auth.fetch })],
  });

  const read = (id) => client.note.query(id);
  const write = (note) => client.addNote.mutate(note);
  const needsSignIn = (error) => error.cause?.code === 'login_required';
  // #endregion
  return {
    read,
    write,
    needsSignIn,
    statusOf: (error) => error.data.httpStatus,
    never: (signal) => client.never.query(undefined, { signal }),
  };
}
