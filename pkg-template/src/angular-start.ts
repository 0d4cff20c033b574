/** The service at work. What it shows is kept by adapter-state; here it becomes signals, and the router is told. */
import { Location } from '@angular/common';
import {
  computed,
  DestroyRef,
  inject,
  Injector,
  NgZone,
  PendingTasks,
  runInInjectionContext,
  signal,
} from '@angular/core';
import { Router, ROUTES } from '@angular/router';
import { createAuthState, LOADING, type ClientSource, type StartOptions } from './adapter-state.js';
import { AuthService, isOnServer } from './angular-service.js';
import type { CallbackResult } from './index.js';

/** An {@link AuthService} that starts when it is made, in a browser. To be made in an injection context. */
export class StartedAuthService extends AuthService {
  readonly #injector = inject(Injector);
  readonly #zone = inject(NgZone);
  readonly #snapshot = signal(LOADING);
  readonly #ready: Promise<void>;

  override readonly user = computed(() => this.#snapshot().user);
  override readonly isAuthenticated = computed(() => this.#snapshot().isAuthenticated);
  override readonly isLoading = computed(() => this.#snapshot().isLoading);
  override readonly error = computed(() => this.#snapshot().error);
  override readonly stepUp = computed(() => this.#snapshot().stepUp);
  override readonly ended = computed(() => this.#snapshot().ended);
  override readonly client = computed(() => this.#snapshot().client);
  override readonly login;
  override readonly logout;
  override readonly fetch;

  constructor(source: ClientSource, options: StartOptions) {
    super();
    const arrive = options.onRedirectCallback ?? goOn;
    const page = isOnServer() ? null : new CallbackPage();
    const state = createAuthState(
      // Called before this constructor ends, so `source` is in the injection context, too.
      async () => {
        const client = await (typeof source === 'function' ? source() : source);
        page?.putBack();
        return client;
      },
      {
        ...options,
        onRedirectCallback: (result) => {
          page?.leave(result);
          this.#zone.run(() => runInInjectionContext(this.#injector, () => arrive(result)));
        },
      },
    );
    this.login = state.login;
    this.logout = state.logout;
    this.fetch = state.fetch;
    if (!page) {
      this.#ready = new Promise(() => {});
      return;
    }
    const unsubscribe = state.subscribe(() => this.#zone.run(() => this.#snapshot.set(state.snapshot())));
    const endTask = inject(PendingTasks).add();
    // The vault's messages come in all the time, and most of them change nothing that can be seen.
    this.#ready = this.#zone.runOutsideAngular(async () => {
      await state.start();
      page.restore();
      endTask();
    });
    inject(DestroyRef).onDestroy(() => {
      unsubscribe();
      if (typeof source === 'function')
        state.client().then(
          (client) => client.close(),
          () => {},
        );
    });
  }

  override whenReady(): Promise<void> {
    return this.#ready;
  }
}

/**
 * The URL that the page came with. The client is not there at once, and a router that knows no such route may have
 * redirected in the meantime: then the client would not see that a sign-in has come back.
 */
class CallbackPage {
  readonly #url = location.href;
  /** Where the router had gone. */
  #moved: string | undefined;

  putBack(): void {
    if (location.href === this.#url || !/[?#&](code|error|state)=/.test(this.#url)) return;
    this.#moved = location.href;
    replaceUrl(this.#url);
  }

  /** The sign-in is finished. The client has replaced the URL, unless the router did so again. */
  leave({ returnTo }: CallbackResult): void {
    this.#moved = undefined;
    replaceUrl(returnTo);
  }

  /** It was no answer to a sign-in, or a bad one. */
  restore(): void {
    replaceUrl(this.#moved);
  }
}

function replaceUrl(url: string | undefined): void {
  if (url !== undefined && new URL(url, location.href).href !== location.href)
    history.replaceState(history.state, '', url);
}

/** The browser's URL has changed without the router, which still shows what was there before. */
function goOn({ returnTo }: CallbackResult): void {
  if (!inject(ROUTES, { optional: true })) return;
  const url = returnTo === undefined ? '/' : inject(Location).path(true);
  void inject(Router).navigateByUrl(url, { replaceUrl: true });
}
