import { createAuthClient, type Claims } from 'holdfast';
import { createMockAuthClient } from 'holdfast/testing';
import { createAuth, createAuthGuard, useAuth, type Auth } from 'holdfast/vue';
import { createApp, watch, type Ref } from 'vue';
import { createRouter, createWebHistory } from 'vue-router';

const auth = createAuth({
  client: () =>
    createAuthClient({ issuer: '', clientId: '', redirectUri: '/callback', resources: [], assetsUrl: '/' }),
  onRedirectCallback: ({ appState }) => console.log(appState),
  checkSession: { redirect: true },
});
const router = createRouter({ history: createWebHistory(), routes: [] });
router.beforeEach(createAuthGuard(auth));
router.beforeEach(createAuthGuard(auth, { base: '/app/', requires: ({ meta }) => meta['public'] !== true }));
const app = createApp({}).use(auth).use(router);
createApp({}).use(createAuth({ client: createMockAuthClient() }));

const found: Auth = app.runWithContext(() => useAuth());
const user: Readonly<Ref<Claims | null>> = found.user;
watch(found.stepUp, (stepUp) => stepUp && found.login({ stepUp }));
const code: string | undefined = found.error.value?.code;
const answer: Promise<Response> = found.fetch('https://api.example/');
console.log(user.value?.name, code, answer, found.isLoading.value || found.isAuthenticated.value);

// @ts-expect-error The refs can't be written.
found.isLoading.value = false;
// @ts-expect-error A plugin needs a client.
createAuth({});
