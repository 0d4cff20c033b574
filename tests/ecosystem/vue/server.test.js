// @vitest-environment node
/** holdfast/vue where there is no page. Runs in the example's project. */
import { createAuth, createAuthGuard, useAuth } from 'holdfast/vue';
import { expect, it, vi } from 'vitest';
import { createSSRApp, h } from 'vue';
import { renderToString } from 'vue/server-renderer';

it('shows that it is loading, and makes no client', async () => {
  expect(typeof window).toBe('undefined');
  const client = vi.fn();
  const auth = createAuth({ client });
  const component = {
    setup() {
      const { isLoading, user } = useAuth();
      return () => h('p', isLoading.value ? 'loading' : user.value?.name);
    },
  };
  expect(await renderToString(createSSRApp(component).use(auth))).toBe('<p>loading</p>');
  const route = { fullPath: '/orders', meta: { requiresAuth: true }, matched: [] };
  expect(await createAuthGuard(auth)(route, route)).toBe(true);
  expect(client).not.toHaveBeenCalled();
  await expect(auth.login()).rejects.toThrow('There is no holdfast client on a server.');
  expect(client).not.toHaveBeenCalled();
});
