import { createApp, h } from 'vue';
import { createRouter, createWebHistory, RouterView } from 'vue-router';
import About from './About.vue';
import App from './App.vue';
/*:: import type { Device } from './device'; */
import { basename } from './routes';

/** The app with its routes; every page gets the device. */
export function createPages(device /*: Device */) {
  const router = createRouter({
    history: createWebHistory(basename(window.location.pathname)),
    routes: [
      { path: '/about', component: About, props: { device } },
      { path: '/:rest(.*)*', component: App, props: { device } },
    ],
  });
  return createApp({ render: () => h(RouterView) }).use(router);
}
