/**
 * What the provider, the hooks and the wrapper do with a client that each case plays. A case answers what the test
 * compares.
 */
import type { AuthClient } from 'holdfast';
import {
  type Auth,
  AuthProvider,
  useAuth,
  useAuthFetch,
  useAuthReady,
  withAuthenticationRequired,
} from 'holdfast/react';
import { Component, type ReactNode, StrictMode, Suspense, useEffect, useState } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server.browser';
import { authClient } from './auth';
import { ada, authError, playClient } from './played-client';
import { api } from './settings';

/** Shows what was thrown below it. */
class Boundary extends Component<{ children: ReactNode }, { error?: Error }> {
  override state: { error?: Error } = {};
  static getDerivedStateFromError = (error: Error) => ({ error });
  override render = () => (this.state.error ? `thrown: ${this.state.error.message}` : this.props.children);
}

function Name() {
  const { isLoading, user, error } = useAuth();
  return <>{isLoading ? 'loading' : error ? `error: ${error.message}` : String(user?.name ?? 'nobody')}</>;
}

// The build shortens names.
Name.displayName = 'Name';

function ReadyName() {
  const auth = useAuthReady();
  return <>{auth.isAuthenticated ? String(auth.user?.name) : 'nobody'}</>;
}

function mount(content: ReactNode) {
  const element = document.body.appendChild(document.createElement('div'));
  const root = createRoot(element);
  root.render(<StrictMode>{content}</StrictMode>);
  return element;
}

async function until(condition: () => unknown) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const untilShown = (element: Element, text: string) => until(() => element.textContent === text);

/** What React has to do meanwhile is done: effects, and what they have set off. */
async function settle() {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve));
}

/** A promise that the case fulfils. */
function gate() {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

const cases = {
  /** One client and one callback in StrictMode, and by two providers; a callback of the app's that is called once. */
  async startsOnce() {
    const { client, count } = playClient({ user: ada() });
    let made = 0;
    let told = 0;
    const source = () => (made++, Promise.resolve(client));
    const provider = (
      <AuthProvider client={source} onRedirectCallback={() => told++}>
        <Name />
      </AuthProvider>
    );
    const element = mount([<div key="one">{provider}</div>, <div key="two">{provider}</div>]);
    await untilShown(element, 'Ada LovelaceAda Lovelace');
    await settle();
    return { made, told, ...count };
  },

  /** Of two providers with one client, that one's callback counts which has one. */
  async sharesTheCallback() {
    const { client } = playClient({ user: ada() });
    let told = 0;
    const element = mount([
      <AuthProvider key="one" client={client} onRedirectCallback={() => told++}>
        <Name />
      </AuthProvider>,
      <AuthProvider key="two" client={client}>
        <Name />
      </AuthProvider>,
    ]);
    await untilShown(element, 'Ada LovelaceAda Lovelace');
    return { told };
  },

  /** A mistake in the app's function is the page's to report, and no reason to show nothing. */
  async reportsMistakes() {
    const { client } = playClient({ user: ada() });
    const reported: string[] = [];
    addEventListener('error', (event) => (event.preventDefault(), reported.push(event.error.message)), {
      once: true,
    });
    const element = mount(
      <AuthProvider
        client={client}
        onRedirectCallback={() => {
          throw new Error('mistaken');
        }}
      >
        <Name />
      </AuthProvider>,
    );
    await untilShown(element, 'Ada Lovelace');
    await until(() => reported.length > 0);
    return reported;
  },

  /** Another function in each render of the parent is still one client. */
  async keepsTheClient() {
    const { client, count } = playClient({ user: ada() });
    let made = 0;
    let again!: () => void;
    function Parent() {
      const [renders, setRenders] = useState(0);
      again = () => setRenders(renders + 1);
      return (
        <AuthProvider client={() => (made++, client)}>
          {renders} <Name />
        </AuthProvider>
      );
    }
    const element = mount(<Parent />);
    await untilShown(element, '0 Ada Lovelace');
    again();
    await untilShown(element, '1 Ada Lovelace');
    await settle();
    return { made, ...count };
  },

  /** How often a component renders, and what it is given. */
  async rendersForChangesOnly() {
    const { client, tell } = playClient({ user: ada() });
    const seen: Auth[] = [];
    const fetches = new Set<unknown>();
    let again!: () => void;
    function Probe() {
      const [count, setCount] = useState(0);
      again = () => setCount(count + 1);
      seen.push(useAuth());
      return count > 0 && '!';
    }
    function FetchProbe() {
      fetches.add(useAuthFetch()).add({});
      return <Name />;
    }
    const element = mount(
      <AuthProvider client={client}>
        <FetchProbe />
        <Probe />
      </AuthProvider>,
    );
    await untilShown(element, 'Ada Lovelace');
    await settle();
    const [rendersBefore, fetchRendersBefore] = [seen.length, fetches.size];
    tell('refreshed', { expiresInSeconds: 60 });
    tell('signedin', { user: ada(), expiresInSeconds: 60 }, ada());
    await settle();
    const whileNothingChanged = seen.length - rendersBefore;
    tell('refreshed', { expiresInSeconds: 60 }, { ...ada(), name: 'Ada King' });
    await untilShown(element, 'Ada King');
    again();
    await untilShown(element, 'Ada King!');
    const loaded = seen.filter(({ isLoading }) => !isLoading);
    return {
      whileNothingChanged,
      whileOthersChange: fetches.size - fetchRendersBefore,
      answers: new Set(seen).size,
      fetches: new Set(seen.map(({ fetch }) => fetch)).size,
      logins: new Set(seen.map(({ login }) => login)).size,
      names: [...new Set(loaded.map(({ user }) => user?.name))],
    };
  },

  /** With the real client, which has a session: a token is renewed for a call. */
  async rendersNothingForARefresh() {
    let renders = 0;
    let auth!: Auth;
    function Probe() {
      renders++;
      auth = useAuth();
      return <Name />;
    }
    const element = mount(
      <AuthProvider client={authClient}>
        <Probe />
      </AuthProvider>,
    );
    await untilShown(element, 'Ada Lovelace');
    await settle();
    const rendersBefore = renders;
    let refreshes = 0;
    auth.client!.on('refreshed', () => refreshes++);
    const { status } = await auth.fetch(`${api}/me`);
    await settle();
    return { status, refreshes, renders: renders - rendersBefore };
  },

  /** A component that suspends, below a boundary that is above the provider. */
  async suspends() {
    const { opened, open } = gate();
    const { client, count } = playClient({ user: ada(), callback: () => opened });
    let made = 0;
    const source = () => (made++, client);
    const told: string[] = [];
    const element = mount(
      <Suspense fallback="waiting">
        <AuthProvider client={source} onRedirectCallback={({ returnTo }) => told.push(String(returnTo))}>
          <ReadyName />
        </AuthProvider>
      </Suspense>,
    );
    await untilShown(element, 'waiting');
    open();
    await untilShown(element, 'Ada Lovelace');
    await settle();
    return { made, told, ...count };
  },

  /** The provider's own fallback keeps a provider whose function is another one each time. */
  async suspendsBelowTheProvider() {
    const { opened, open } = gate();
    const { client, count } = playClient({ callback: () => opened });
    let made = 0;
    function App() {
      return (
        <AuthProvider client={() => (made++, client)} fallback="waiting">
          <ReadyName />
        </AuthProvider>
      );
    }
    const element = mount(<App />);
    await untilShown(element, 'waiting');
    open();
    await untilShown(element, 'nobody');
    await settle();
    return { made, ...count };
  },

  /** Without either: an error instead of clients without end. */
  async suspendsForEver() {
    let made = 0;
    function App() {
      return (
        <AuthProvider client={() => (made++, playClient().client)}>
          <ReadyName />
        </AuthProvider>
      );
    }
    const element = mount(
      <Boundary>
        <Suspense fallback="waiting">
          <App />
        </Suspense>
      </Boundary>,
    );
    await until(() => element.textContent?.startsWith('thrown'));
    return { thrown: element.textContent, made: made < 20 };
  },

  /** A client that can't be made. */
  async fails() {
    const error = authError('worker_failed');
    let login!: Auth['login'];
    function Login() {
      ({ login } = useAuth());
      return null;
    }
    const source = Promise.reject<AuthClient>(error);
    const shown = mount(
      <AuthProvider client={source}>
        <Name />
        <Login />
      </AuthProvider>,
    );
    const suspended = mount(
      <Boundary>
        <AuthProvider client={source} fallback="waiting">
          <ReadyName />
        </AuthProvider>
      </Boundary>,
    );
    await untilShown(shown, 'error: It was worker_failed.');
    await untilShown(suspended, 'thrown: It was worker_failed.');
    return { rejected: await login().catch((given: unknown) => given === error) };
  },

  /** Hooks without a provider. */
  async misses() {
    const element = mount(
      <Boundary>
        <Name />
      </Boundary>,
    );
    await until(() => element.textContent);
    return element.textContent;
  },

  /** Two components for those who are signed in. */
  async requiresLogin() {
    const { client, count, tell } = playClient();
    const asked: unknown[] = [];
    const loginWithRedirect = client.loginWithRedirect;
    client.loginWithRedirect = (options) => (asked.push(options), loginWithRedirect(options));
    const One = withAuthenticationRequired(Name, { fallback: '1', loginOptions: { returnTo: '/one' } });
    const Two = withAuthenticationRequired(Name, {
      fallback: '2',
      loginOptions: () => ({ returnTo: '/two' }),
    });
    const element = mount(
      <AuthProvider client={client}>
        <One /> <Two />
      </AuthProvider>,
    );
    await until(() => count.logins > 0);
    await settle();
    const waiting = element.textContent;
    tell('signedin', { user: ada(), expiresInSeconds: null }, ada());
    await untilShown(element, 'Ada Lovelace Ada Lovelace');
    return { waiting, asked, ...count, name: One.displayName };
  },

  /** A callback that failed: no redirect, and so no loop. */
  async requiresNoLoginAfterAnError() {
    const { client, count } = playClient({
      callback: () => Promise.reject(authError('authorization_refused')),
    });
    const Guarded = withAuthenticationRequired(Name);
    const element = mount(
      <AuthProvider client={client}>
        <Boundary>
          <Guarded />
        </Boundary>
      </AuthProvider>,
    );
    await untilShown(element, 'thrown: It was authorization_refused.');
    await settle();
    return count;
  },

  /** A sign-in that can't be begun. */
  async requiresLoginInVain() {
    const { client, count } = playClient({ login: () => Promise.reject(authError('network_error')) });
    let unhandled = 0;
    addEventListener('unhandledrejection', () => unhandled++);
    const Guarded = withAuthenticationRequired(Name);
    const element = mount(
      <AuthProvider client={client}>
        <Boundary>
          <Guarded />
        </Boundary>
      </AuthProvider>,
    );
    await untilShown(element, 'thrown: It was network_error.');
    await settle();
    return { ...count, unhandled };
  },

  /** Signing out where one has to be signed in, and going there again; and a session that ends by itself. */
  async requiresNoLoginAfterALogout() {
    const { client, count, tell } = playClient({ user: ada() });
    const Guarded = withAuthenticationRequired(Name, { fallback: 'waiting', signedOut: 'gone' });
    let show!: (isShown: boolean) => void;
    function Place() {
      const [isShown, setShown] = useState(true);
      useEffect(() => void (show = setShown), []);
      return isShown ? <Guarded /> : 'elsewhere';
    }
    const element = mount(
      <AuthProvider client={client}>
        <Place />
      </AuthProvider>,
    );
    await untilShown(element, 'Ada Lovelace');
    await client.logout();
    await untilShown(element, 'gone');
    await settle();
    const loginsAfterLogout = count.logins;
    show(false);
    await untilShown(element, 'elsewhere');
    show(true);
    await until(() => count.logins === 1);
    await untilShown(element, 'waiting');
    tell('signedin', { user: ada(), expiresInSeconds: null }, ada());
    await untilShown(element, 'Ada Lovelace');
    tell('sessionexpired', { reason: 'refused' }, null);
    await until(() => count.logins === 2);
    return { loginsAfterLogout, shown: element.textContent };
  },

  /** The browser's Back button brings the page from the server's, as it was. */
  async requiresLoginAgain() {
    const { client, count } = playClient();
    client.checkSession = async () => false;
    const Guarded = withAuthenticationRequired(Name);
    mount(
      <AuthProvider client={client}>
        <Guarded />
      </AuthProvider>,
    );
    await until(() => count.logins === 1);
    await settle();
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    await until(() => count.logins === 2);
    return count;
  },

  /** A page that a server has rendered, when it is known already who is signed in. */
  async hydrates() {
    const { client, count } = playClient({ user: ada() });
    const source = () => client;
    const earlier = mount(
      <AuthProvider client={source}>
        <Name />
      </AuthProvider>,
    );
    await untilShown(earlier, 'Ada Lovelace');
    const Guarded = withAuthenticationRequired(Name, { fallback: 'one moment' });
    const app = (
      <StrictMode>
        <AuthProvider client={source}>
          <Name /> <Guarded />
        </AuthProvider>
      </StrictMode>
    );
    const element = document.body.appendChild(document.createElement('div'));
    element.innerHTML = renderToString(app);
    const rendered = element.textContent;
    const complaints: unknown[] = [];
    hydrateRoot(element, app, { onRecoverableError: (error) => complaints.push(String(error)) });
    await untilShown(element, 'Ada Lovelace Ada Lovelace');
    return { rendered, complaints, ...count };
  },
};

Object.assign(window, { cases });
