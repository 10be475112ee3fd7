import React, { useEffect } from 'react';
import { texts } from '../texts';
import { useStore } from '../useStore';

/** The sub-devices of the gateway: which are online, and the way to the panel of each. */
export function SubDevicesCard({ subDevices }) {
  const { list, outside, phase } = useStore(subDevices);

  useEffect(() => {
    subDevices.load();
    return subDevices.start();
  }, [subDevices]);

  return (
    <section className="card" aria-label={texts.subDevices}>
      <p className="card-head">
        <span className="name">{texts.subDevices}</span>
      </p>
      {/* Its room is there before its rows: nothing below moves under a finger. */}
      <ul className={phase === 'loading' ? 'list is-awaited' : 'list'}>
        {phase === 'loading' && <li className="name">{texts.loading}</li>}
        {list.map(({ id, name, online }) => (
          <li key={id}>
            <button type="button" className="list-words" onClick={() => subDevices.open(id)}>
              <strong>{name}</strong>
              <span className={online ? 'status is-online' : 'status'}>{online ? texts.online : texts.offline}</span>
            </button>
          </li>
        ))}
        {outside.map(({ id, name }) => (
          <li key={id} className="list-words">
            <strong>{name}</strong>
            <span className="status">{texts.outsideFamily}</span>
          </li>
        ))}
      </ul>
      {phase === 'failed' && (
        <button type="button" className="pill" onClick={subDevices.load}>
          {texts.reload}
        </button>
      )}
      {phase === 'ready' && !list.length && !outside.length && <p className="name">{texts.noSubDevices}</p>}
      <button type="button" className="pill add" onClick={subDevices.add}>
        {texts.addSubDevice}
      </button>
    </section>
  );
}
