import { createApp } from 'vue';
import App from './App.vue';
import { auth } from './auth.js';
import { makeRouter } from './router.js';

createApp(App).use(auth).use(makeRouter(auth)).mount('#app');
