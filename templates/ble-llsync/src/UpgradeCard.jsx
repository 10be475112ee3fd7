import React from 'react';
import { texts } from './texts';
import { useStore as useUpgrade } from './useStore';

/** The firmware of the device, and its upgrade over Bluetooth. */
export function UpgradeCard({ upgrade }) {
  const { version, target, stage, percent, note } = useUpgrade(upgrade);
  if (!version) return null;
  return (
    <section className="card" aria-label={texts.firmware}>
      <p className="card-head">
        <span className="name">{texts.firmware}</span>
        <span className="name">{`${texts.version} ${version}`}</span>
      </p>
      {stage ? (
        <div role="status">
          <p className="upgrade-stage">
            <span>{texts.stages[stage]}</span>
            <span>{`${percent}%`}</span>
          </p>
          <div
            className="bar"
            role="progressbar"
            aria-label={texts.stages[stage]}
            aria-valuenow={percent}
            style={{ '--fill': `${percent}%` }}
          />
          <p className="name">{texts.upgrading}</p>
        </div>
      ) : (
        <div className="upgrade-foot">
          <span className="name" role="status">
            {note}
          </span>
          {target ? (
            <button type="button" className="pill" onClick={upgrade.upgrade}>
              {`${texts.upgradeTo} ${target}`}
            </button>
          ) : (
            <button type="button" className="pill" onClick={upgrade.check}>
              {texts.checkUpgrade}
            </button>
          )}
        </div>
      )}
    </section>
  );
}
