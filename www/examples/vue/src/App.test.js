import { flushPromises, mount } from '@vue/test-utils';
import { createMockAuthClient } from 'holdfast/testing';
import { createAuth } from 'holdfast/vue';
import { expect, it } from 'vitest';
import { createMemoryHistory } from 'vue-router';
import App from './App.vue';
import { makeRouter } from './router.js';

const ada = { sub: 'ada', name: 'Ada' };

async function open(path, options) {
  const client = createMockAuthClient(options);
  const auth = createAuth({ client });
  const history = createMemoryHistory();
  history.replace(path);
  const router = makeRouter(auth, history);
  const app = mount(App, { global: { plugins: [auth, router] } });
  await flushPromises();
  return { app, client, router };
}

it('calls the API for the person who is signed in', async () => {
  const { app } = await open('/', { user: ada, fetch: () => new Response('{ "name": "Ada" }') });
  expect(app.get('[data-testid="status"]').text()).toBe('signed in');
  await app.get('[data-testid="call"]').trigger('click');
  await flushPromises();
  expect(app.get('[data-testid="answer"]').text()).toBe('{ "name": "Ada" }');
});

it('shows the orders after a sign-in', async () => {
  const { app, client } = await open('/orders', { loginAs: ada });
  expect(client.calls.loginWithRedirect).toEqual([{ returnTo: '/orders' }]);
  expect(app.get('[data-testid="orders"]').text()).toBe('Orders of Ada');
});

it('shows that the session has ended', async () => {
  const { app, client } = await open('/', { user: ada });
  client.expire();
  await flushPromises();
  expect(app.get('[data-testid="status"]').text()).toBe('signed out');
});
