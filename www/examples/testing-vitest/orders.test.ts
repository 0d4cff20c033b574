import { createMockAuthClient, type MockAuthClientOptions } from 'holdfast/testing';
import { describe, expect, it, vi } from 'vitest';
import { showOrders } from './orders';

const ada = { sub: 'ada', name: 'Ada' };

function start(options: MockAuthClientOptions) {
  const auth = createMockAuthClient(options);
  const element = document.createElement('div');
  showOrders(element, auth);
  return { auth, element };
}

describe('the orders', () => {
  it('are shown to the person who is signed in', async () => {
    const fetch = vi.fn(async () => Response.json(['tea', 'milk']));
    const { auth, element } = start({ user: ada, fetch });
    await vi.waitFor(() => expect(element.textContent).toBe('Orders of Ada: tea, milk'));
    expect(fetch).toHaveBeenCalledOnce();
    expect(auth.calls.fetch).toMatchObject([{ method: 'GET', url: 'https://api.example/orders' }]);
  });

  it('need a sign-in', () => {
    const { auth, element } = start({});
    element.querySelector('button')!.click();
    expect(auth.calls.loginWithRedirect).toEqual([{ returnTo: '/orders' }]);
    expect(auth.calls.fetch).toEqual([]);
  });

  it('come after the sign-in', async () => {
    const { element } = start({ loginAs: ada, fetch: () => Response.json(['tea']) });
    element.querySelector('button')!.click();
    await vi.waitFor(() => expect(element.textContent).toBe('Orders of Ada: tea'));
  });

  it('go when the session ends', async () => {
    const { auth, element } = start({ user: ada, fetch: () => Response.json(['tea']) });
    await vi.waitFor(() => expect(element.textContent).toContain('tea'));
    auth.expire('refused');
    expect(element.textContent).toBe('Sign in');
  });

  it('can be asked for again after a lost connection', async () => {
    const auth = createMockAuthClient({ user: ada, fetch: () => Response.json([]) });
    auth.fail('network_error', 'fetch');
    const element = document.createElement('div');
    showOrders(element, auth);
    await vi.waitFor(() => expect(element.textContent).toBe('Try again in a moment.'));
  });
});
