/** What a whole sign-in can hardly show: the service, the guard and the interceptor with a client that does as it is told. */
import { APP_BASE_HREF } from '@angular/common';
import {
  HttpClient,
  type HttpErrorResponse,
  provideHttpClient,
  withInterceptors,
} from '@angular/common/http';
import {
  type ApplicationRef,
  Component,
  type EnvironmentProviders,
  inject,
  InjectionToken,
  NgZone,
  PLATFORM_ID,
  type Provider,
} from '@angular/core';
import { createApplication } from '@angular/platform-browser';
import { type CanActivateFn, provideRouter, Router, type Routes } from '@angular/router';
import type { AuthClient, CallbackResult, LoginOptions } from 'holdfast';
import {
  AuthService,
  authGuard,
  authInterceptor,
  type AuthOptions,
  createAuthGuard,
  provideAuth,
} from 'holdfast/angular';
import { createMockAuthClient } from 'holdfast/testing';
import { of } from 'rxjs';

type Providers = (Provider | EnvironmentProviders)[];

@Component({ template: '' })
class Page {}

/** A client without a worker. What it is asked for stands in `calls`. */
class Client {
  readonly calls: unknown[] = [];
  readonly listeners = new Map<string, Set<(detail: never) => void>>();
  name: string | null = null;
  callback: () => Promise<Partial<CallbackResult>> = async () => ({ handled: false });
  look = async () => {};

  readonly self = {
    on: (event: string, listener: (detail: never) => void) => {
      const all = this.listeners.get(event) ?? new Set();
      this.listeners.set(event, all.add(listener));
      return () => void all.delete(listener);
    },
    handleRedirectCallback: () => this.callback(),
    checkSession: () => this.look().then(() => this.name !== null),
    isAuthenticated: () => this.name !== null,
    user: () => (this.name === null ? null : { sub: '1', name: this.name }),
    loginWithRedirect: async (options: LoginOptions) => void this.calls.push(['login', options]),
    fetch: async (url: string, init: RequestInit) => {
      this.calls.push(['fetch', url, new Headers(init.headers).get('x-earlier')]);
      return new Response('{"from":"holdfast"}');
    },
    close: () => void this.calls.push(['close']),
  } as unknown as AuthClient;

  emit(event: string, detail: object = {}): void {
    for (const listener of this.listeners.get(event) ?? []) listener(detail as never);
  }
}

interface Given {
  client?: Client;
  options?: AuthOptions;
  routes?: Routes;
  providers?: Providers;
}

/** An app without a root component: its router and its services do their work all the same. */
async function launch({ client = new Client(), options, routes, providers = [] }: Given = {}) {
  const app = await createApplication({
    providers: [
      zoneProviders,
      provideAuth(() => client.self, options),
      routes ? provideRouter([{ path: 'probe', component: Page }, ...routes]) : [],
      providers,
    ],
  });
  const auth = app.injector.get(AuthService);
  return { app, auth, client, go: (url: string) => visit(app, url) };
}

/** Where the router is afterwards, or what it failed with; `pending` where a guard goes on waiting. */
async function visit(app: ApplicationRef, url: string): Promise<unknown> {
  const router = app.injector.get(Router);
  const outcome = router.navigateByUrl(url).then(
    () => router.url,
    (error: Error) => error.message,
  );
  return Promise.race([outcome, aMoment().then(() => 'pending')]);
}

/** Long enough for whatever needs no network. */
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 50));

const guarded: Routes = [{ path: 'in', canActivate: [authGuard], component: Page }];

let zoneProviders: Providers = [];
export const useZone = (providers: Providers) => void (zoneProviders = providers);

export const units: Record<string, () => Promise<unknown>> = {
  async 'the guard sends to the sign-in, with where the person wanted to go'() {
    const { go, client } = await launch({ routes: guarded });
    return [await go('/in?a=1#b'), client.calls];
  },
  async 'the guard goes on when somebody has signed in meanwhile'() {
    const { app, client } = await launch({ routes: guarded });
    const went = app.injector.get(Router).navigateByUrl('/in');
    await aMoment();
    client.name = 'Ada';
    client.emit('signedin');
    return went;
  },
  async 'the guard looks again when the page comes back, before it says no'() {
    const client = new Client();
    client.look = async () => {
      await aMoment();
      client.name = 'Ada';
      client.emit('signedin');
    };
    const { app } = await launch({ client, routes: guarded });
    const router = app.injector.get(Router);
    const went = router.navigateByUrl('/in');
    while (client.calls.length === 0) await aMoment();
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    return [await went, router.url, client.calls.length];
  },
  async 'the guard says no when the page comes back and nobody has signed in'() {
    const { app, client } = await launch({ routes: guarded });
    const went = app.injector.get(Router).navigateByUrl('/in');
    while (client.calls.length === 0) await aMoment();
    client.look = () => Promise.reject(new Error('no vault'));
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    return went;
  },
  async 'the guard lets in who is signed in'() {
    const client = new Client();
    client.name = 'Ada';
    const { go } = await launch({ client, routes: guarded });
    return [await go('/in'), client.calls];
  },
  async 'the guard as canMatch, under a base path'() {
    const routes: Routes = [{ path: 'in', canMatch: [authGuard], component: Page }];
    const providers = [{ provide: APP_BASE_HREF, useValue: '/base/' }];
    const { go, client } = await launch({ routes, providers });
    return [await go('/in?a=1'), client.calls];
  },
  async 'the guard fails with what the start has failed with'() {
    const client = new Client();
    client.callback = () =>
      Promise.reject(Object.assign(new Error('refused'), { code: 'authorization_refused' }));
    const { auth, go } = await launch({ client, routes: guarded });
    return [await go('/in'), auth.error()?.code, auth.isLoading(), client.calls];
  },
  async 'a guard with options'() {
    const canActivate: CanActivateFn[] = [
      createAuthGuard({
        signedOut: (url) => inject(Router).createUrlTree(['/welcome'], { queryParams: { url } }),
      }),
    ];
    const login = createAuthGuard({ login: { authorizationParams: { prompt: 'login' } } });
    const routes: Routes = [
      { path: 'in', canActivate, component: Page },
      { path: 'again', canActivate: [login], component: Page },
      { path: 'welcome', component: Page },
    ];
    const { go, client } = await launch({ routes });
    return [await go('/in?a=1'), await go('/again'), client.calls];
  },
  async 'a callback that the router has left is put back for the client'() {
    const client = new Client();
    let found = '';
    client.callback = async () => {
      found = location.href;
      history.replaceState(null, '', '/probe?returned');
      return { handled: true, returnTo: '/probe?returned' };
    };
    history.replaceState(null, '', '/probe?code=1&state=2');
    const results: unknown[] = [];
    const source = aMoment().then(() => client.self);
    const providers = [
      provideAuth(() => source, { onRedirectCallback: (result) => results.push(result.returnTo) }),
    ];
    const { auth } = await launch({ providers });
    history.replaceState(null, '', '/probe');
    await auth.whenReady();
    return [new URL(found).search, location.search, results];
  },
  async 'what was no callback leaves the URL as it is'() {
    const client = new Client();
    history.replaceState(null, '', '/probe?state=2');
    const source = aMoment().then(() => client.self);
    const { auth } = await launch({ providers: [provideAuth(() => source)] });
    history.replaceState(null, '', '/probe?other');
    await auth.whenReady();
    return location.search;
  },
  async 'the router goes to where the person was'() {
    const client = new Client();
    client.callback = async () => {
      client.name = 'Ada';
      return { handled: true, returnTo: '/in?a=1' };
    };
    const { app, auth } = await launch({ client, routes: guarded });
    await auth.whenReady();
    await aMoment();
    return [app.injector.get(Router).url, location.pathname + location.search];
  },
  async 'the app waits for the session where it is asked to'() {
    const order: string[] = [];
    const client = new Client();
    client.callback = () => aMoment().then(() => (order.push('session'), { handled: false }));
    const { auth } = await launch({ client, options: { waitForSession: true } });
    order.push('app');
    return [order, auth.isLoading()];
  },
  async 'otherwise it does not'() {
    const client = new Client();
    client.callback = () => aMoment().then(() => ({ handled: false }));
    const { app, auth } = await launch({ client });
    const states = [auth.isLoading()];
    await app.whenStable();
    return [...states, auth.isLoading()];
  },
  async 'the client is made in an injection context, once, and closed with the app'() {
    const name = new InjectionToken<string>('name');
    const client = new Client();
    const made: string[] = [];
    const source = () => (made.push(inject(name)), client.self);
    const { app, auth } = await launch({
      providers: [{ provide: name, useValue: 'app' }, provideAuth(source)],
    });
    await auth.whenReady();
    app.destroy();
    await aMoment();
    return [made, client.calls];
  },
  async 'with the mock client of holdfast/testing'() {
    const client = createMockAuthClient({
      loginAs: { sub: 'ada', name: 'Ada' },
      fetch: () => Response.json({ n: 1 }),
    });
    const { app, auth, go } = await launch({
      routes: guarded,
      providers: [
        provideAuth(client, { intercept: ['https://api.example/'] }),
        provideHttpClient(withInterceptors([authInterceptor])),
      ],
    });
    const went = await go('/in');
    const answer = await new Promise((resolve) => {
      app.injector.get(HttpClient).get('https://api.example/x').subscribe(resolve);
    });
    return [went, auth.user()?.name, answer];
  },
  async 'signals follow the events, in the zone'() {
    const { auth, client } = await launch();
    await auth.whenReady();
    const seen: unknown[] = [];
    const look = () =>
      seen.push([auth.user()?.name ?? null, auth.error()?.message ?? null, auth.ended()?.reason ?? null]);
    client.name = 'Ada';
    client.emit('signedin');
    look();
    const user = auth.user();
    client.emit('refreshed');
    seen.push(auth.user() === user);
    client.emit('error', { error: new Error('refresh') });
    look();
    client.emit('stepup', { acrValues: 'high', maxAge: null });
    seen.push(auth.stepUp());
    client.name = null;
    client.emit('sessionexpired', { reason: 'refused' });
    look();
    return seen;
  },
  async 'on a server nothing starts'() {
    const made: unknown[] = [];
    const { auth, go, app } = await launch({
      routes: guarded,
      providers: [
        { provide: PLATFORM_ID, useValue: 'server' },
        provideAuth(() => (made.push('made'), new Client().self), { intercept: ['https://api.example/'] }),
        provideHttpClient(withInterceptors([authInterceptor])),
      ],
    });
    const went = await go('/in');
    const failure = await failureOf(app, 'https://api.example/x');
    return [made, auth.isLoading(), went, failure.status, (failure.error as Error).message.slice(0, 11)];
  },
  async 'a server does not wait for the session'() {
    const { auth } = await launch({
      options: { waitForSession: true },
      providers: [{ provide: PLATFORM_ID, useValue: 'server' }],
    });
    return auth.isLoading();
  },
  async 'the interceptor takes what is named, after the earlier ones'() {
    const passed: string[] = [];
    const client = new Client();
    const { app } = await launch({
      client,
      options: { intercept: ['https://api.example/v1', '/here/'] },
      providers: [
        provideHttpClient(
          withInterceptors([
            (request, next) => next(request.clone({ setHeaders: { 'x-earlier': 'yes' } })),
            authInterceptor,
            (request) => (passed.push(request.url), of()),
          ]),
        ),
      ],
    });
    const urls = ['https://api.example/v1', 'https://api.example/v1/a', 'https://api.example/v10', 'https://api.example.evil/v1',
      'http://api.example/v1', '/here/x', '/hereafter', 'not a url ://', '//api.example/v1/x']; // prettier-ignore
    for (const url of urls) {
      await new Promise<void>((resolve) => {
        app.injector
          .get(HttpClient)
          .get(url)
          .subscribe({ complete: resolve, error: () => resolve() });
      });
    }
    return [client.calls, passed];
  },
  async 'the interceptor says what it lacks'() {
    const { app } = await launch({ providers: [provideHttpClient(withInterceptors([authInterceptor]))] });
    return (await failureOf(app, 'https://api.example/')).message;
  },
};

function failureOf(app: ApplicationRef, url: string): Promise<HttpErrorResponse> {
  return new Promise((resolve) => {
    app.injector.get(NgZone).run(() => app.injector.get(HttpClient).get(url).subscribe({ error: resolve }));
  });
}
