import { type AuthClient, AuthError, createAuthClient } from 'holdfast';
import {
  type Auth,
  AuthProvider,
  type AuthProviderProps,
  useAuth,
  useAuthFetch,
  useAuthReady,
  withAuthenticationRequired,
} from 'holdfast/react';
import { createElement, type FunctionComponent, type ReactElement, Suspense } from 'react';

declare const client: AuthClient;

const options = {
  issuer: 'https://login.example',
  clientId: 'app',
  redirectUri: '/callback',
  resources: ['https://api.example/'],
};

export const properties: AuthProviderProps[] = [
  { client },
  { client: Promise.resolve(client), fallback: 'one moment' },
  { client: () => createAuthClient(options), checkSession: { redirect: { appState: 1 } } },
  {
    client: () => client,
    onRedirectCallback: ({ returnTo, isSignedIn }) => void [returnTo?.length, isSignedIn],
  },
];
export const provider: ReactElement = createElement(
  AuthProvider,
  properties[0]!,
  'child',
  createElement(Suspense),
);

export function Who() {
  const { user, isAuthenticated, isLoading, error, stepUp, ended, login, logout, fetch, client }: Auth =
    useAuth();
  const name: unknown = user?.name;
  // The codes are told apart, and what is no AuthError has none.
  if (error?.code === 'authorization_refused') return error.oauth?.error_description;
  const isOurs: boolean = error instanceof AuthError;
  const reason:
    'logout' | 'elsewhere' | 'refused' | 'no_refresh_token' | 'lost_refresh' | 'key_lost' | undefined =
    ended?.reason;
  const signIn = (): Promise<void> => login(stepUp ? { stepUp } : { returnTo: '/' });
  const signOut = (): Promise<void> => logout({ localOnly: true });
  const call = async (): Promise<Response> => fetch(new URL('https://api.example/'), { method: 'PUT' });
  // @ts-expect-error There may be no client yet.
  client.close();
  return [name, isAuthenticated, isLoading, isOurs, reason, signIn, signOut, call].length;
}

export function Ready(): string {
  const auth = useAuthReady();
  const isLoading: false = auth.isLoading;
  auth.client.on('stepup', ({ maxAge }) => void maxAge);
  // @ts-expect-error Perhaps nobody is signed in, or nothing is known of who is (`openid: false`).
  void auth.user.sub;
  return auth.isAuthenticated ? String(auth.user?.sub) : String(isLoading);
}

export function useNotes(): typeof fetch {
  return useAuthFetch();
}

export const Guarded: FunctionComponent<{ id: number }> = withAuthenticationRequired(
  ({ id }: { id: number }) => createElement('p', null, id),
  {
    fallback: null,
    signedOut: 'gone',
    loginOptions: () => ({ returnTo: '/', authorizationParams: { prompt: 'login' } }),
  },
);
createElement(Guarded, { id: 1 });
// @ts-expect-error The component's own properties stay as they are.
createElement(Guarded, { id: '1' });
// @ts-expect-error There is no client without being told how.
createElement(AuthProvider, {});
