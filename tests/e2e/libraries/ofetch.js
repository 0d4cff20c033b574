// #region docs
import { createFetch } from 'ofetch';

// #endregion

export default function ({ auth, api }) {
  // #region docs
  const client = createFetch({ fetch: auth.fetch, defaults: { baseURL: api } });

  const read = (id) => client(`/notes/${id}`);
  const write = (note) => client('/notes', { method: 'POST', body: note });
  const needsSignIn = (error) => error.cause?.code === 'login_required';
  // #endregion
  return {
    read,
    write,
    needsSignIn,
    statusOf: (error) => error.status,
    upload: (form) => client('/echo/raw', { method: 'POST', body: form, responseType: 'text' }),
    never: (signal) => client('/never', { signal }),
    async stream(signal, onItem) {
      const query = { count: 2, intervalMs: 3_600_000 };
      const body = await client('/events', { query, signal, responseType: 'stream' });
      onItem(new TextDecoder().decode((await body.getReader().read()).value));
    },
  };
}
