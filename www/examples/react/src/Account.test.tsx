import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, cleanup, render, screen } from '@testing-library/react';
import { AuthProvider } from 'holdfast/react';
import { createMockAuthClient, type MockAuthClientOptions } from 'holdfast/testing';
import { MemoryRouter } from 'react-router';
import { afterEach, expect, it, vi } from 'vitest';
import { Account } from './Account';

const ada = { sub: 'ada', name: 'Ada' };

function renderAccount(options: MockAuthClientOptions) {
  const auth = createMockAuthClient(options);
  render(
    <AuthProvider client={auth}>
      <QueryClientProvider client={new QueryClient()}>
        <MemoryRouter>
          <Account />
        </MemoryRouter>
      </QueryClientProvider>
    </AuthProvider>,
  );
  return auth;
}

afterEach(cleanup);

it('shows the account of the person who is signed in', async () => {
  const auth = renderAccount({ user: ada, fetch: () => Response.json({ subject: 'ada' }) });
  expect(await screen.findByText('ada')).toBeTruthy();
  expect(screen.getByRole('heading').textContent).toBe('The account of Ada');
  expect(auth.calls.fetch).toHaveLength(1);
});

it('sends everybody else to the sign-in, once', async () => {
  const auth = renderAccount({});
  await vi.waitFor(() => expect(auth.calls.loginWithRedirect).toHaveLength(1));
  expect(screen.getByTestId('waiting')).toBeTruthy();
  expect(auth.calls.fetch).toEqual([]);
});

it('sends nobody to the sign-in who has just signed out', async () => {
  const auth = renderAccount({ user: ada, fetch: () => Response.json({ subject: 'ada' }) });
  await screen.findByTestId('subject');
  act(() => auth.signOut());
  expect(screen.getByTestId('gone')).toBeTruthy();
  expect(auth.calls.loginWithRedirect).toEqual([]);
});
