import { QueryClientProvider } from '@tanstack/react-query';
import { act, cleanup, render, screen } from '@testing-library/react';
import { AuthProvider } from 'holdfast/react';
import { createMockAuthClient, type MockAuthClient } from 'holdfast/testing';
import { MemoryRouter } from 'react-router';
import { afterEach, expect, it } from 'vitest';
import { Layout } from './Layout';
import { queryClient } from './queries';

afterEach(cleanup);

const leavings: [string, (auth: MockAuthClient) => void][] = [
  ['signs out', (auth) => auth.signOut()],
  ['is signed out by the server', (auth) => auth.expire()],
  ['is followed by somebody else', (auth) => auth.signIn({ sub: 'grace', name: 'Grace' })],
];

it.each(leavings)('forgets what was loaded for a person who %s', async (_, leave) => {
  const auth = createMockAuthClient({ user: { sub: 'ada', name: 'Ada' } });
  render(
    <AuthProvider client={auth}>
      <QueryClientProvider client={queryClient}>
        <MemoryRouter>
          <Layout />
        </MemoryRouter>
      </QueryClientProvider>
    </AuthProvider>,
  );
  await screen.findByText('Ada');
  queryClient.setQueryData(['me'], { subject: 'ada' });
  act(() => leave(auth));
  expect(queryClient.getQueryData(['me'])).toBeUndefined();
});
