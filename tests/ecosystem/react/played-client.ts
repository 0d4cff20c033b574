import { AuthError, type AuthClient, type AuthErrorCode, type AuthEvents, type Claims } from 'holdfast';

export const ada = (): Claims => ({ sub: 'ada', name: 'Ada Lovelace' });

export const authError = (code: AuthErrorCode) =>
  new AuthError({ code, message: `It was ${code}.`, phase: 'init', retryable: false });

/** What a case says of its client. */
interface Settings {
  user?: Claims | null;
  callback?: () => Promise<void>;
  login?: () => Promise<void>;
}

/** A client that does what a case says, and counts what it was asked. */
export function playClient({ user = null, callback, login }: Settings = {}) {
  const listeners: [string, (detail: never) => void][] = [];
  const count = { callbacks: 0, logins: 0 };
  const client: Partial<AuthClient> = {
    user: () => user && { ...user },
    isAuthenticated: () => user !== null,
    async handleRedirectCallback() {
      count.callbacks++;
      await callback?.();
      return { handled: true, isSignedIn: user !== null, appState: undefined, returnTo: '/' };
    },
    async loginWithRedirect() {
      count.logins++;
      await login?.();
    },
    async logout() {
      tell('signedout', { reason: 'logout' }, null);
    },
    fetch: async (input) => new Response(String(input)),
    on(event, listener) {
      listeners.push([event, listener]);
      return () => {};
    },
  };
  function tell<Name extends keyof AuthEvents>(event: Name, detail: AuthEvents[Name], who = user) {
    user = who;
    for (const [name, listener] of listeners) if (name === event) (listener as (_: unknown) => void)(detail);
  }
  return { client: client as AuthClient, count, tell };
}
