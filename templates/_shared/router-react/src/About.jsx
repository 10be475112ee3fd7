import React from 'react';
import { useNavigate } from 'react-router-dom';
import sdk from 'qcloud-iotexplorer-h5-panel-sdk';
/*:: import type { Device } from './device'; */
import { texts } from './texts';

/** What device this is, and the way to its page in the mini program. */
export function About({ device } /*: { device: Device } */) {
  const navigate = useNavigate();
  const rows = [
    [texts.productId, sdk.productId],
    [texts.deviceName, sdk.deviceName],
    [texts.room, sdk.roomName || texts.none],
  ];
  return (
    <main className="panel">
      <header className="top">
        <h1>{device.name}</h1>
      </header>
      <section className="card" aria-label={texts.about}>
        <dl className="rows">
          {rows.map(([name, text]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      </section>
      <nav className="stack">
        <button type="button" className="card" onClick={device.showDetails}>
          {texts.details}
        </button>
        <button type="button" className="card" onClick={() => navigate(-1)}>
          {texts.back}
        </button>
      </nav>
    </main>
  );
}
