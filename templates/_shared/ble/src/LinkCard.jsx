import React from 'react';
import { texts } from './texts';

const BUSY = ['searching', 'connecting', 'lost'];

/** What Bluetooth does at the moment, while it is not connected. */
export function LinkCard({ link, reason, onRetry }) {
  if (link === 'connected') return null;
  const busy = BUSY.includes(link);
  return (
    <section className="card link-card" role="status" aria-label={texts.bluetooth}>
      <span className={busy ? 'beacon is-busy' : 'beacon'} aria-hidden="true" />
      <span className="link-words">
        <strong>{texts.links[link]}</strong>
        <span className="name">{reason || texts.hints[link]}</span>
      </span>
      {!busy && (
        <button type="button" className="pill" onClick={onRetry}>
          {texts.retry}
        </button>
      )}
    </section>
  );
}
