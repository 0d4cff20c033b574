// #region docs
import axios from 'axios';

// #endregion

export default function ({ auth, api }) {
  // #region docs
  const client = axios.create({ baseURL: api, adapter: 'fetch', env: { fetch: auth.fetch } });

  const read = async (id) => (await client.get(`/notes/${id}`)).data;
  const write = async (note) => (await client.post('/notes', note)).data;
  const needsSignIn = (error) => error.code === 'login_required';

  // For forms with files, in Safari:
  const uploads = axios.create({
    baseURL: api,
    adapter: 'fetch',
    env: { fetch: auth.fetch, Request: null },
  });
  // #endregion
  return {
    read,
    write,
    needsSignIn,
    statusOf: (error) => error.response.status,
    redirected: () => client.get('/redirect?to=/me'),
    never: (signal) => client.get('/never', { signal }),
    async stream(signal, onItem) {
      const params = { count: 2, intervalMs: 3_600_000 };
      const { data: body } = await client.get('/events', { params, signal, responseType: 'stream' });
      onItem(new TextDecoder().decode((await body.getReader().read()).value));
    },
    upload: async (form) => (await client.post('/echo/raw', form)).data,
    uploadEverywhere: async (form) => (await uploads.post('/echo/raw', form)).data,
    async download(bytes) {
      let seen = 0;
      const onDownloadProgress = ({ loaded }) => (seen = loaded);
      const { data } = await client.get('/large', {
        params: { bytes },
        responseType: 'arraybuffer',
        onDownloadProgress,
      });
      return [data.byteLength, seen];
    },
  };
}
