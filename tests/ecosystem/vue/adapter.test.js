/** What holdfast/vue does in an app, with a client that the test plays. Runs in the example's project. */
import { flushPromises, mount } from '@vue/test-utils';
import { createMockAuthClient } from 'holdfast/testing';
import { createAuth, createAuthGuard, useAuth } from 'holdfast/vue';
import { afterEach, expect, it, vi } from 'vitest';
import { createApp, h, isReadonly, nextTick } from 'vue';
import { createMemoryHistory, createRouter, createWebHashHistory, createWebHistory } from 'vue-router';

const ada = { sub: 'ada', name: 'Ada' };
const apps = [];
afterEach(() => apps.splice(0).forEach((app) => app.unmount()));

/** An app that shows everything, and counts how often it does. */
async function show(options, more = {}) {
  const client = createMockAuthClient(options);
  const auth = createAuth({ client, ...more });
  const seen = { renders: 0 };
  const component = {
    setup() {
      const { user, isAuthenticated, isLoading, error, stepUp, ended } = useAuth();
      return () => {
        seen.renders++;
        const parts = { user, isAuthenticated, isLoading, error, stepUp, ended };
        Object.assign(
          seen,
          Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.value])),
        );
        return h('p');
      };
    },
  };
  const app = mount(component, { global: { plugins: [auth] } });
  apps.push(app);
  await auth.ready();
  await nextTick();
  return { client, auth, app, seen };
}

it('shows nobody until it is known who is signed in', () => {
  const auth = createAuth({ client: new Promise(() => {}) });
  createApp({ render: () => null }).use(auth);
  expect([auth.isLoading.value, auth.isAuthenticated.value, auth.user.value]).toEqual([true, false, null]);
});

it('renders once for what has changed, and not for a renewed token or the same claims', async () => {
  const { client, seen } = await show({ user: ada });
  expect(seen).toMatchObject({ renders: 2, isLoading: false, isAuthenticated: true, user: ada, error: null });
  const { user } = seen;
  client.emit('refreshed', { expiresInSeconds: 60 });
  client.signIn({ ...ada });
  await nextTick();
  expect(seen.renders).toBe(2);
  client.signIn({ ...ada, name: 'Ada Lovelace' });
  await nextTick();
  expect(seen.renders).toBe(3);
  expect(seen.user).not.toBe(user);
  client.expire('lost_refresh');
  await nextTick();
  expect(seen).toMatchObject({
    renders: 4,
    isAuthenticated: false,
    user: null,
    ended: { reason: 'lost_refresh' },
  });
});

it('renders nothing anew that reads only what has not changed', async () => {
  const client = createMockAuthClient({ user: ada });
  let renders = 0;
  const component = {
    setup() {
      const { isAuthenticated } = useAuth();
      return () => h('p', [String(isAuthenticated.value), String(++renders)]);
    },
  };
  const auth = createAuth({ client });
  apps.push(mount(component, { global: { plugins: [auth] } }));
  await auth.ready();
  await nextTick();
  client.signIn({ sub: 'grace' });
  client.fail('timeout');
  await nextTick();
  expect(auth.user.value).toEqual({ sub: 'grace' });
  expect(auth.error.value.code).toBe('timeout');
  expect(renders).toBe(2);
});

it('tells errors and step-up requests', async () => {
  const { client, seen, auth } = await show({ user: ada });
  client.emit('stepup', { acrValues: 'high', maxAge: null });
  client.fail('server_unavailable');
  await nextTick();
  expect(seen.stepUp).toEqual({ acrValues: 'high', maxAge: null });
  expect(seen.error.code).toBe('server_unavailable');
  const lost = createAuth({ client: () => Promise.reject(new Error('no worker')) });
  createApp({ render: () => null }).use(lost);
  await lost.ready();
  expect(lost.error.value.message).toBe('no worker');
  await expect(lost.client()).rejects.toThrow('no worker');
  expect(await auth.client()).toBe(client);
});

it('gives refs that nobody can write', async () => {
  const { auth } = await show({ user: ada });
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  for (const name of ['user', 'isAuthenticated', 'isLoading', 'error', 'stepUp', 'ended']) {
    const before = auth[name].value;
    expect(isReadonly(auth[name])).toBe(true);
    auth[name].value = 'eve';
    expect(auth[name].value).toBe(before);
  }
  warn.mockRestore();
});

it('hands calls to the client, without this', async () => {
  const { auth, client } = await show({ user: ada, fetch: () => new Response('tea') });
  const { login, logout, fetch } = auth;
  expect(await (await fetch('https://api.example/orders')).text()).toBe('tea');
  await login({ returnTo: '/orders' });
  await logout({ localOnly: true });
  expect(client.calls).toMatchObject({
    loginWithRedirect: [{ returnTo: '/orders' }],
    logout: [{ localOnly: true }],
  });
});

it('makes the client once, and finishes a sign-in once, for all apps', async () => {
  const make = vi.fn(() => createMockAuthClient({ user: ada, callback: { appState: 7 } }));
  const onRedirectCallback = vi.fn();
  const auth = createAuth({ client: make, onRedirectCallback });
  expect(make).not.toHaveBeenCalled();
  createApp({ render: () => null }).use(auth);
  createApp({ render: () => null }).use(auth);
  await vi.waitFor(() => expect(auth.isLoading.value).toBe(false));
  expect(make).toHaveBeenCalledOnce();
  expect(onRedirectCallback).toHaveBeenCalledOnce();
  expect(onRedirectCallback.mock.lastCall[0]).toMatchObject({ handled: true, appState: 7 });
  expect(auth.user.value).toEqual(ada);
});

it('asks for the session where the app wants that', async () => {
  const { client } = await show({}, { checkSession: { redirect: true } });
  expect(client.calls.checkSession).toEqual([{ redirect: true }]);
});

it('is found where there is an app, and says where there is none', async () => {
  const { auth } = await show();
  const app = createApp({ render: () => null }).use(auth);
  expect(app.runWithContext(() => useAuth())).toBe(auth);
  const warn = vi.spyOn(console, 'warn');
  expect(() => useAuth()).toThrow('useAuth: call it in setup or app.runWithContext()');
  expect(warn).not.toHaveBeenCalled();
  warn.mockRestore();
  const other = createApp({ render: () => null });
  expect(() => other.runWithContext(() => useAuth())).toThrow('useAuth: call it');
});

it('follows the client until the last app is unmounted, and again for the next', async () => {
  const client = createMockAuthClient({ user: ada });
  const auth = createAuth({ client });
  const install = () => {
    const app = createApp({ render: () => h('p') }).use(auth);
    app.mount(document.createElement('div'));
    return app;
  };
  const [one, other] = [install(), install()];
  await auth.ready();
  one.unmount();
  client.signOut();
  expect(auth.isAuthenticated.value).toBe(false);
  other.unmount();
  client.signIn(ada);
  expect(auth.isAuthenticated.value).toBe(false);
  const next = install();
  expect(auth.isAuthenticated.value).toBe(true);
  client.signOut();
  expect(auth.isAuthenticated.value).toBe(false);
  next.unmount();
});

it('knows who is signed in before it is installed, too', async () => {
  const client = createMockAuthClient({ user: ada });
  const auth = createAuth({ client });
  await auth.ready();
  expect([auth.isLoading.value, auth.user.value]).toEqual([false, ada]);
  client.signOut();
  expect(auth.isAuthenticated.value).toBe(false);
});

/** An app with a router, whose first navigation has begun. */
function navigate(path, clientOptions, guardOptions, make = (client) => client) {
  const history = createMemoryHistory();
  history.replace(path);
  return navigateIn(history, clientOptions, guardOptions, make);
}

function navigateIn(history, clientOptions, guardOptions, make = (client) => client) {
  const client = createMockAuthClient(clientOptions);
  const auth = createAuth({ client: make(client) });
  const route = (routePath, meta = {}) => ({ path: routePath, component: { render: () => h('p') }, meta });
  const routes = [route('/'), route('/open'), route('/orders', { requiresAuth: true })];
  const router = createRouter({ history, routes });
  router.beforeEach(createAuthGuard(auth, guardOptions));
  const failures = [];
  router.onError((error) => failures.push(error.code));
  createApp({ render: () => null })
    .use(auth)
    .use(router);
  const at = () => router.currentRoute.value.fullPath;
  return { client, auth, router, failures, at };
}

const isBack = () => window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));

it('guards the routes that need a sign-in, and no others', async () => {
  const open = navigate('/open');
  await open.router.isReady();
  expect(open.at()).toBe('/open');
  const signedIn = navigate('/orders?page=2', { user: ada });
  await signedIn.router.isReady();
  expect(signedIn.at()).toBe('/orders?page=2');
  const { client, router, at } = navigate('/orders?page=2#last', { loginAs: ada });
  await router.isReady();
  expect(client.calls.loginWithRedirect).toEqual([{ returnTo: '/orders?page=2#last' }]);
  expect(at()).toBe('/orders?page=2#last');
  expect([open.client, signedIn.client].flatMap(({ calls }) => calls.loginWithRedirect)).toEqual([]);
});

it('waits until it is known who is signed in', async () => {
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  const { client, router, at } = navigate(
    '/orders',
    { user: ada },
    {},
    (made) => () => opened.then(() => made),
  );
  await flushPromises();
  expect(client.calls.handleRedirectCallback).toEqual([]);
  open();
  await router.isReady();
  expect(at()).toBe('/orders');
  expect(client.calls.loginWithRedirect).toEqual([]);
});

it('takes other rules, options of the sign-in, and a base', async () => {
  const login = { authorizationParams: { prompt: 'login' } };
  const requires = ({ fullPath }) => fullPath === '/open';
  const { client, router } = navigate('/open', { loginAs: ada }, { requires, login, base: '/app/' });
  await router.isReady();
  expect(client.calls.loginWithRedirect).toEqual([{ returnTo: '/app/open', ...login }]);
});

/** What the real client does to the page's URL. */
const withReplacedUrl = (returnTo) => (client) => {
  const { handleRedirectCallback } = client;
  client.handleRedirectCallback = () => {
    const result = handleRedirectCallback();
    history.replaceState(history.state, '', returnTo);
    return result;
  };
  return client;
};

const histories = {
  'a history of paths': { make: () => createWebHistory(), base: '' },
  'a history with a base': { make: () => createWebHistory('/app/'), base: '/app' },
  'a history of fragments': { make: () => createWebHashHistory('/'), base: '/#' },
};

for (const [name, { make, base }] of Object.entries(histories)) {
  it(`is back at the route after a sign-in, in ${name}`, async () => {
    const here = base === '/#' ? '/callback?code=1&state=2' : `${base}/callback?code=1&state=2`;
    history.replaceState(null, '', here);
    const { length } = history;
    const wanted = `${base}/orders?page=2`;
    const { router, at } = navigateIn(make(), { user: ada, callback: {} }, { base }, withReplacedUrl(wanted));
    await router.isReady();
    expect(at()).toBe('/orders?page=2');
    expect(location.pathname + location.search + location.hash).toBe(wanted);
    expect(history.length).toBe(length);
    await router.push('/open');
    expect(at()).toBe('/open');
  });

  it(`leaves no answer of the server's in the URL when a sign-in failed, in ${name}`, async () => {
    history.replaceState(null, '', `${base === '/#' ? '' : base}/callback?error=access_denied&state=2`);
    const failing = (client) => {
      client.fail('authorization_refused', 'handleRedirectCallback');
      return withReplacedUrl(`${base}/open`)(client);
    };
    const { auth, router, at } = navigateIn(make(), {}, { base }, failing);
    await router.isReady();
    expect(at()).toBe('/open');
    expect(location.href).not.toContain('state=');
    expect(auth.error.value.code).toBe('authorization_refused');
  });
}

it('is back at the route where the app has waited before it made the guard', async () => {
  history.replaceState(null, '', '/callback?code=1&state=2');
  const routes = [{ path: '/:all(.*)', component: { render: () => h('p') } }];
  const router = createRouter({ history: createWebHistory(), routes });
  const client = withReplacedUrl('/orders')(createMockAuthClient({ user: ada, callback: {} }));
  const auth = createAuth({ client });
  await auth.ready();
  router.beforeEach(createAuthGuard(auth));
  createApp({ render: () => null })
    .use(auth)
    .use(router);
  await router.isReady();
  expect([router.currentRoute.value.fullPath, location.pathname]).toEqual(['/orders', '/orders']);
});

it('is back at a route that the router writes in another way', async () => {
  history.replaceState(null, '', '/callback?code=1&state=2');
  const place = "/orders?name=O'Brien&of=a%20b";
  const options = { user: ada, callback: {} };
  const { router, at } = navigateIn(createWebHistory(), options, {}, withReplacedUrl(place));
  await router.isReady();
  expect(at()).toBe("/orders?name=O'Brien&of=a+b");
});

it('lets nobody pass while the browser leaves; back, the page is as it was', async () => {
  const { client, router, at } = navigate('/');
  await router.isReady();
  const navigation = router.push('/orders');
  const settled = vi.fn();
  navigation.then(settled);
  await vi.waitFor(() => expect(client.calls.loginWithRedirect).toHaveLength(1));
  await flushPromises();
  expect(settled).not.toHaveBeenCalled();
  isBack();
  expect(await navigation).toBeTruthy();
  expect(at()).toBe('/');
  const again = router.push('/orders');
  await vi.waitFor(() => expect(client.calls.loginWithRedirect).toHaveLength(2));
  client.signIn(ada);
  await again;
  expect(at()).toBe('/orders');
});

it('sends who comes back to a first route once more, since there is nothing else to show', async () => {
  const { client, router, at } = navigate('/orders');
  await vi.waitFor(() => expect(client.calls.loginWithRedirect).toHaveLength(1));
  isBack();
  await vi.waitFor(() => expect(client.calls.loginWithRedirect).toHaveLength(2));
  client.signIn(ada);
  await router.isReady();
  expect(at()).toBe('/orders');
});

it('does not try a sign-in again that has failed, but for who tries another route', async () => {
  const { client, router, failures, at } = navigate('/orders', { loginAs: ada });
  client.fail('state_unknown', 'handleRedirectCallback');
  await expect(router.isReady()).rejects.toMatchObject({ code: 'state_unknown' });
  expect(client.calls.loginWithRedirect).toEqual([]);
  await router.push('/open');
  client.fail('network_error', 'loginWithRedirect');
  await expect(router.push('/orders')).rejects.toMatchObject({ code: 'network_error' });
  expect(failures).toEqual(['state_unknown', 'network_error']);
  await router.push('/orders');
  expect(at()).toBe('/orders');
});
