import { createApp, h[% if "i18n" in features %], shallowRef[% endif %] } from 'vue';
import { createRouter, createWebHistory, RouterView } from 'vue-router';
import About from './About.vue';
import App from './App.vue';
/*:: import type { Device } from './device'; */
import { basename } from './routes';
[% if "i18n" in features %]
import { followLanguage } from './texts';
[% endif %]

/** The app with its routes; every page gets the device. */
export function createPages(device /*: Device */) {
  const router = createRouter({
    history: createWebHistory(basename(window.location.pathname)),
    routes: [
      { path: '/about', component: About, props: { device } },
      { path: '/:rest(.*)*', component: App, props: { device } },
    ],
  });
[% if "i18n" in features %]
  const language = shallowRef('');
  followLanguage((chosen /*: string */) => {
    language.value = chosen;
  });
  // Another language draws everything anew.
  return createApp({ render: () => h(RouterView, { key: language.value }) }).use(router);
[% else %]
  return createApp({ render: () => h(RouterView) }).use(router);
[% endif %]
}
