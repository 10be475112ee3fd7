import React from 'react';
import ReactDOM from 'react-dom';
import sdk from 'qcloud-iotexplorer-h5-panel-sdk';
[% if "router" in features %]
import { Pages } from './Pages';
[% else %]
import { App } from './App';
[% endif %]
import { createDevice } from './device';
import { texts } from './texts';
import './panel[[ style | code ]]';

const root = document.getElementById('app');

async function main() {
  ReactDOM.render(<p className="notice" role="status">{texts.loading}</p>, root);
  // In the ultrafast mode the page comes before its data: nothing of the device may be read earlier.
  await sdk.sdkReady();
  const device = createDevice(sdk);
  window.addEventListener('pagehide', device.start());
  ReactDOM.render(<[% if "router" in features %]Pages[% else %]App[% endif %] device={device} />, root);
}

main().catch((error) => sdk.tips.showError(error));
