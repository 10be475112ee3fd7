import sdk from 'qcloud-iotexplorer-h5-panel-sdk';
import { createApp, h[% if "i18n" in features and "router" not in features %], shallowRef[% endif %] } from 'vue';
[% if "router" not in features %]
import App from './App.vue';
[% endif %]
import { createDevice } from './device';
[% if "router" in features %]
import { createPages } from './pages';
[% endif %]
import { [% if "i18n" in features and "router" not in features %]followLanguage, [% endif %]texts } from './texts';
import './panel[[ style | code ]]';

async function main() {
  const waiting = createApp({ render: () => h('p', { class: 'notice', role: 'status' }, texts.loading) });
  waiting.mount('#app');
  // In the ultrafast mode the page comes before its data: nothing of the device may be read earlier.
  await sdk.sdkReady();
  waiting.unmount();
  const device = createDevice(sdk);
  window.addEventListener('pagehide', device.start());
[% if "router" in features %]
  createPages(device).mount('#app');
[% elif "i18n" in features %]
  const language = shallowRef('');
  followLanguage((chosen /*: string */) => {
    language.value = chosen;
  });
  // Another language draws everything anew.
  createApp({ render: () => h(App, { key: language.value, device }) }).mount('#app');
[% else %]
  createApp(App, { device }).mount('#app');
[% endif %]
}

main().catch((error) => sdk.tips.showError(error));
