/** Makes requests by HttpClient, through holdfast and by Angular's own backends, and writes down all that can be seen. */
import * as http from '@angular/common/http';
import {
  createEnvironmentInjector,
  effect,
  EnvironmentInjector,
  type EnvironmentProviders,
  NgZone,
  type Provider,
  runInInjectionContext,
} from '@angular/core';
import { createApplication } from '@angular/platform-browser';
import { createAuthClient, type AuthClientOptions } from 'holdfast';
import { AuthService, authInterceptor, provideAuth } from 'holdfast/angular';
import { cases, type Case } from './cases.js';
import { units, useZone } from './units';

type Way = 'auth' | 'fetch' | 'xhr';

export async function start(zone: (Provider | EnvironmentProviders)[]): Promise<void> {
  useZone(zone);
  const options = JSON.parse(sessionStorage.getItem('options') ?? '{}') as AuthClientOptions;
  const app = await createApplication({
    providers: [
      zone,
      provideAuth(() => createAuthClient(options), {
        onRedirectCallback: () => history.replaceState(null, '', '/probe'),
        intercept: ({ url }) => url.startsWith('http:'),
      }),
    ],
  });
  const environment = app.injector.get(EnvironmentInjector);
  const auth = app.injector.get(AuthService);
  const states: unknown[] = [];
  runInInjectionContext(environment, () => {
    effect(() => {
      states.push([auth.isLoading(), auth.user()?.name ?? null, auth.error()?.code ?? null]);
    });
  });
  const features = {
    auth: [http.withInterceptors([authInterceptor])],
    fetch: [http.withFetch()],
    xhr: [http.withXhr()],
  };
  const clientOf = (way: Way) =>
    createEnvironmentInjector([http.provideHttpClient(...features[way])], environment).get(http.HttpClient);
  const run = (way: Way, index: number, base: string) =>
    app.injector.get(NgZone).run(() => observe(clientOf(way), cases[index]!, base));
  Object.assign(globalThis, { probe: { auth, run, states, units, login: () => auth.login() } });
}

/** All events of one call, and how it ended. */
async function observe(client: http.HttpClient, { answer, url, request, until }: Case, base: string) {
  const seen: Promise<object>[] = [];
  const see = (what: unknown) => {
    const inZone = NgZone.isInAngularZone();
    seen.push(describe(what).then((said) => ({ ...said, inZone })));
  };
  const target = url ?? `${base}/answer?${encodeURIComponent(JSON.stringify(answer ?? {}))}`;
  await new Promise<void>((resolve) => {
    const subscription = client.request(request(target, http)).subscribe({
      next(event) {
        see(event);
        if (event.type !== until) return;
        void fetch(`${base}/arrived`).then(() => {
          subscription.unsubscribe();
          resolve();
        });
      },
      error(error: unknown) {
        see(error);
        resolve();
      },
      complete() {
        see('complete');
        resolve();
      },
    });
  });
  if (until !== undefined) await fetch(`${base}/closed`);
  return joinProgress((await Promise.all(seen)) as Seen[]);
}

type Seen = Record<string, unknown>;

/** Where a chunk ends is the network's business: of several events in a row the last one counts. */
function joinProgress(seen: Seen[]): Seen[] {
  const isProgress = (one?: Seen) => one?.['type'] === http.HttpEventType.DownloadProgress;
  return seen.filter((one, index) => !(isProgress(one) && isProgress(seen[index + 1])));
}

async function describe(what: unknown): Promise<Seen> {
  if (typeof what === 'string') return { what };
  const { headers, body, error, ...rest } = what as Seen;
  return {
    ...rest,
    kind: (what as object).constructor.name === 'Object' ? 'Object' : kindOf(what),
    ...(headers instanceof http.HttpHeaders ? { headers: headersOf(headers) } : {}),
    ...('body' in (what as object) ? { body: await valueOf(body) } : {}),
    ...('error' in (what as object) ? { error: await valueOf(error) } : {}),
  };
}

/** Not the name of the class, which a production build shortens. */
function kindOf(what: unknown): string {
  for (const name of ['HttpResponse', 'HttpHeaderResponse', 'HttpErrorResponse'] as const) {
    if (what instanceof http[name]) return name;
  }
  return 'something else';
}

function headersOf(headers: http.HttpHeaders): unknown[] {
  const lower = headers.keys().map((name) => name.toLowerCase());
  return lower.sort().map((name) => [name, name === 'date' ? 'a date' : headers.getAll(name)]);
}

async function valueOf(value: unknown): Promise<unknown> {
  if (value instanceof Blob) return { blob: await textOf(await value.arrayBuffer()), type: value.type };
  if (value instanceof ArrayBuffer) return { bytes: await textOf(value) };
  if (value instanceof ProgressEvent) return { progressEvent: value.type };
  if (value instanceof DOMException) return { error: value.name };
  if (value instanceof Error) return { error: value.name, code: (value as { code?: unknown }).code };
  return value;
}

function textOf(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
