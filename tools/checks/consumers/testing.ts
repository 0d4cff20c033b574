import { AuthError, type AuthClient } from 'holdfast';
import { createAuthError, createMockAuthClient, type MockAuthClient } from 'holdfast/testing';

export async function consume(): Promise<AuthClient> {
  const mock: MockAuthClient = createMockAuthClient({
    user: { sub: 'ada', name: 'Ada' },
    claims: { iss: 'https://login.example' },
    fetch: async (input, init) => new Response(`${init?.method ?? 'GET'} ${input instanceof Request}`),
    resources: ['https://api.example/'],
    accessToken: ({ resource }) => `for ${resource ?? 'all'}`,
    callback: { returnTo: '/orders', appState: 1 },
  });
  mock.signIn({ sub: 'grace' }, { acr: 'high' });
  mock.signOut('elsewhere');
  mock.expire('key_lost');
  mock.emit('refreshed', { expiresInSeconds: null });
  const error: AuthError = mock.fail({ code: 'token_refused', oauth: { error: 'invalid_scope' } }, 'fetch');
  mock.fail(createAuthError('timeout'));
  mock.answer(() => Response.json([]));
  const methods: string[] = mock.calls.fetch.map(({ method }) => method);
  const place: string | undefined = mock.calls.loginWithRedirect[0]?.returnTo;
  console.log(error.code, methods, place);
  return mock;
}

// @ts-expect-error There is no such event.
createMockAuthClient().emit('signedon', {});
// @ts-expect-error There is no such code.
createMockAuthClient().fail('login_requird');
// @ts-expect-error Claims have a subject.
createMockAuthClient({ user: { name: 'Ada' } });
