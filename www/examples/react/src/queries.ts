import { QueryClient, useQuery } from '@tanstack/react-query';
import { AuthError } from 'holdfast';
import { useAuthFetch } from 'holdfast/react';
import { api } from './settings';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Nothing is gained by asking again while nobody is signed in.
      retry: (count, error) => count < 3 && !(error instanceof AuthError && !error.retryable),
    },
  },
});

export function useMe() {
  const fetch = useAuthFetch();
  return useQuery({
    queryKey: ['me'],
    queryFn: async ({ signal }) => {
      const response = await fetch(`${api}/me`, { signal });
      if (!response.ok) throw new Error(`The API answered ${response.status}.`);
      return (await response.json()) as { subject: string };
    },
  });
}
