// #region docs
import ky from 'ky';

// #endregion

export default function ({ auth, api }) {
  // #region docs
  const client = ky.create({ fetch: auth.fetch, prefix: api });

  const read = (id) => client.get(`notes/${id}`).json();
  const write = (note) => client.post('notes', { json: note }).json();
  const needsSignIn = (error) => error.code === 'login_required';
  // #endregion
  return {
    read,
    write,
    needsSignIn,
    statusOf: (error) => error.response.status,
    upload: (form) => client.post('echo/raw', { body: form }).text(),
    async download(bytes) {
      let seen = 0;
      const onDownloadProgress = ({ transferredBytes }) => (seen = transferredBytes);
      const { byteLength } = await client.get(`large?bytes=${bytes}`, { onDownloadProgress }).arrayBuffer();
      return [byteLength, seen];
    },
    redirected: () => client.get('redirect?to=/me', { retry: 0 }),
    never: (signal) => client.get('never', { signal }),
    async stream(signal, onItem) {
      const { body } = await client.get('events?count=2&intervalMs=3600000', { signal });
      onItem(new TextDecoder().decode((await body.getReader().read()).value));
    },
  };
}
