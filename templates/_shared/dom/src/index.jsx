[% if typed %]
/** @jsx h */
[% endif %]
import sdk from 'qcloud-iotexplorer-h5-panel-sdk';
import { App } from './app';
import { createDevice } from './device';
import { h } from './dom';
import { texts } from './texts';
import './panel[[ style | code ]]';

async function main() {
  const root = document.getElementById('app')/*:: as HTMLElement */;
  root.textContent = '';
  root.append(<p class="notice" role="status">{texts.loading}</p>);
  // In the ultrafast mode the page comes before its data: nothing of the device may be read earlier.
  await sdk.sdkReady();
  const device = createDevice(sdk);
  root.textContent = '';
  root.append(<App device={device} />);
  window.addEventListener('pagehide', device.start());
}

main().catch((error) => sdk.tips.showError(error));
