import { createAuthGuard } from 'holdfast/vue';
import { createRouter, createWebHistory } from 'vue-router';
import CallbackView from './CallbackView.vue';
import HomeView from './HomeView.vue';
import OrdersView from './OrdersView.vue';

export function makeRouter(auth, history = createWebHistory()) {
  const router = createRouter({
    history,
    routes: [
      { path: '/', component: HomeView },
      { path: '/orders', component: OrdersView, meta: { requiresAuth: true } },
      { path: '/callback', component: CallbackView },
    ],
  });
  router.beforeEach(createAuthGuard(auth));
  return router;
}
