// #region docs
import createClient from 'openapi-fetch';

// #endregion

export default function ({ auth, api }) {
  // #region docs
  const client = createClient({ baseUrl: api, fetch: auth.fetch });

  const read = (id) => client.GET('/notes/{id}', { params: { path: { id } } });
  const write = (note) => client.POST('/notes', { body: note });
  const needsSignIn = (error) => error.code === 'login_required';
  // #endregion
  return {
    read: async (id) => dataOf(await read(id)),
    write: async (note) => dataOf(await write(note)),
    needsSignIn,
    statusOf: (error) => error.status,
    upload: async (form) => dataOf(await client.POST('/echo/raw', { body: form, parseAs: 'text' })),
    redirected: () => client.GET('/redirect?to=/me'),
    never: (signal) => client.GET('/never', { signal }),
    async stream(signal, onItem) {
      const params = { query: { count: 2, intervalMs: 3_600_000 } };
      const { data: body } = await client.GET('/events', { params, signal, parseAs: 'stream' });
      onItem(new TextDecoder().decode((await body.getReader().read()).value));
    },
  };
}

/** It gives the server's own error, and throws none. */
function dataOf({ data, error, response }) {
  if (error) throw { name: 'none thrown', status: response.status };
  return data;
}
