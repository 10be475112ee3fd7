import React from 'react';
import { texts } from './texts';
import { useStore as useSearch } from './useStore';

const TITLES = { searching: 'searchTitle', none: 'noneTitle', off: 'offTitle', failed: 'addFailed', added: 'addedTitle' };
const HINTS = { searching: 'searchHint', none: 'noneHint', off: 'offHint', added: 'addedHint' };
// dBm from which the bars are shown as filled.
const BARS = [-90, -75, -60];

function Signal({ strength }) {
  return (
    <span className="signal" role="img" aria-label={`${strength} dBm`}>
      {BARS.map((least) => (
        <span key={least} className={strength >= least ? 'is-filled' : undefined} />
      ))}
    </span>
  );
}

function Found({ device, adding, onAdd }) {
  const busy = adding === device.deviceId;
  const { macStr } = device.extendInfo || {};
  return (
    <li className="card found">
      <span className="beacon" aria-hidden="true" />
      <span className="link-words">
        <strong>{device.name || texts.unnamed}</strong>
        <span className="name">
          {macStr || device.deviceName || device.deviceId}
          <Signal strength={device.RSSI} />
        </span>
      </span>
      <button type="button" className="pill" disabled={adding !== ''} onClick={() => onAdd(device)}>
        {busy ? texts.adding : texts.add}
      </button>
    </li>
  );
}

/** The page on which the user finds a new device and adds it to the home. */
export function SearchPage({ search }) {
  const { phase, devices, adding, reason } = useSearch(search);
  const added = phase === 'added';
  return (
    <main className="panel">
      <header className="top">
        <h1>{texts.addDevice}</h1>
      </header>
      <section className="radar" role="status">
        <span className={phase === 'searching' ? 'beacon is-busy' : `beacon is-${phase}`} aria-hidden="true" />
        <strong>{texts[TITLES[phase]]}</strong>
        <span className="name">{phase === 'failed' ? reason : texts[HINTS[phase]]}</span>
        {phase !== 'searching' && (
          <button type="button" className="pill" onClick={added ? search.open : search.search}>
            {added ? texts.openPanel : texts.searchAgain}
          </button>
        )}
      </section>
      {!added && devices.length > 0 && (
        <ul className="stack" aria-label={texts.nearby}>
          {devices.map((device) => (
            <Found key={device.deviceId} device={device} adding={adding} onAdd={search.add} />
          ))}
        </ul>
      )}
    </main>
  );
}
