// #region docs
import { MutationObserver, QueryClient } from '@tanstack/query-core';

// #endregion
import { CancelledError } from '@tanstack/query-core';

export default function ({ auth, api }) {
  // #region docs
  async function json(path, init) {
    const response = await auth.fetch(api + path, init);
    if (response.ok) return response.json();
    const { status } = response;
    throw Object.assign(new Error(`The API answered ${status}`), { status, retryable: status >= 500 });
  }

  const queries = new QueryClient({
    defaultOptions: {
      queries: { retry: (failures, error) => error.retryable !== false && failures < 3 },
    },
  });

  const note = (id) => ({
    queryKey: ['notes', id],
    queryFn: ({ signal }) => json(`/notes/${id}`, { signal }),
  });
  const adding = {
    mutationFn: (note) =>
      json('/notes', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(note),
      }),
  };
  const needsSignIn = (error) => error.code === 'login_required';
  // #endregion
  return {
    read: (id) => queries.fetchQuery(note(id)),
    write: (note) => new MutationObserver(queries, adding).mutate(note),
    needsSignIn,
    statusOf: (error) => error.status,
    never(signal) {
      const never = { queryKey: ['never'], queryFn: ({ signal }) => json('/never', { signal }) };
      signal.addEventListener('abort', () => queries.cancelQueries(never));
      return queries.fetchQuery(never).catch((error) => {
        // Its name is that of any Error.
        throw error instanceof CancelledError ? { name: 'CancelledError' } : error;
      });
    },
  };
}
