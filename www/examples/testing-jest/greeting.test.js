import { beforeEach, expect, jest, test } from '@jest/globals';
import { createMockAuthClient } from 'holdfast/testing';
import { greet } from './greeting.js';

const ada = { sub: 'ada', name: 'Ada' };

let element;
beforeEach(() => (element = document.createElement('div')));

test('greets by the name that the API knows', async () => {
  // jsdom has no Response; what the component reads of it is enough.
  const fetch = jest.fn(async () => ({ json: async () => ({ name: 'Ada Lovelace' }) }));
  const auth = createMockAuthClient({ user: ada, fetch });
  await greet(element, auth);
  expect(element.textContent).toBe('Hello, Ada Lovelace');
  expect(fetch).toHaveBeenCalledWith('https://api.example/me', undefined);
});

test('offers a sign-in', async () => {
  const auth = createMockAuthClient();
  await greet(element, auth);
  element.querySelector('button').click();
  expect(auth.calls.loginWithRedirect).toHaveLength(1);
});

test('says why a call failed', async () => {
  const auth = createMockAuthClient({ user: ada });
  auth.fail('session_expired', 'fetch');
  await greet(element, auth);
  expect(element.textContent).toBe('Failed: session_expired');
});
