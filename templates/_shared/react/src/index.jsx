import React from 'react';
import ReactDOM from 'react-dom';
import sdk from 'qcloud-iotexplorer-h5-panel-sdk';
[% if "router" in features %]
import { Pages } from './Pages';
[% else %]
import { App } from './App';
[% endif %]
[% if bluetooth %]
import { SearchPage } from './SearchPage';
import { createConnection } from './connection';
[% endif %]
import { createDevice } from './device';
[% if bluetooth %]
import * as protocol from './protocol';
import { createSearch } from './search';
[% endif %]
import { [% if "i18n" in features %]followLanguage, [% endif %]texts } from './texts';
[% if bluetooth == "llsync" %]
import { createUpgrade } from './upgrade';
[% endif %]
import './panel[[ style | code ]]';

const root = document.getElementById('app');

async function main() {
  ReactDOM.render(
    <p className="notice" role="status">
      {texts.loading}
    </p>,
    root,
  );
  // In the ultrafast mode the page comes before its data: nothing of the device may be read earlier.
  await sdk.sdkReady();
[% if bluetooth %]
  protocol.register(sdk);
  // One script draws both pages of a Bluetooth product; the address tells which one is wanted.
  if (/\/bluetooth-search\/?$/.test(window.location.pathname)) {
    const search = createSearch(sdk, protocol);
    window.addEventListener('pagehide', search.start());
    ReactDOM.render(<SearchPage search={search} />, root);
    return;
  }
  const connection = createConnection(sdk, protocol);
  const device = createDevice(sdk, connection);
[% else %]
  const device = createDevice(sdk);
[% endif %]
  window.addEventListener('pagehide', device.start());
[% if bluetooth == "llsync" %]
  ReactDOM.render(<App device={device} upgrade={createUpgrade(sdk, connection)} />, root);
[% else %]
[% if "i18n" in features %]
  // Another language draws everything anew.
  followLanguage((language) => ReactDOM.render(<[% if "router" in features %]Pages[% else %]App[% endif %] key={language} device={device} />, root));
[% else %]
  ReactDOM.render(<[% if "router" in features %]Pages[% else %]App[% endif %] device={device} />, root);
[% endif %]
[% endif %]
}

main().catch((error) => sdk.tips.showError(error));
