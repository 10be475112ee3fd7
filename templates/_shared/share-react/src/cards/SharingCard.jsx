import React, { useEffect } from 'react';
/*:: import type { Sharing } from '../sharing'; */
import { texts } from '../texts';
import { useStore } from '../useStore';

/** Whom the device is shared with; for a guest, the way to give it back. */
export function SharingCard({ sharing } /*: { sharing: Sharing } */) {
  const { people, phase } = useStore(sharing);

  useEffect(() => {
    sharing.load();
    return sharing.start();
  }, [sharing]);

  return (
    <section className="card" aria-label={texts.sharing}>
      <p className="card-head">
        <span className="name">{sharing.isGuest ? texts.sharedWithYou : texts.sharing}</span>
      </p>
      <ul className="list">
        {people.map((person) => (
          <li key={person.id}>
            <strong className="list-words">{person.name}</strong>
            <button
              type="button"
              className="remove"
              aria-label={`${texts.remove} ${person.name}`}
              onClick={() => sharing.remove(person)}
            />
          </li>
        ))}
      </ul>
      {phase === 'loading' && <p className="name">{texts.loading}</p>}
      {phase === 'failed' && (
        <button type="button" className="pill" onClick={sharing.load}>
          {texts.reload}
        </button>
      )}
      {phase === 'ready' && !sharing.isGuest && !people.length && <p className="name">{texts.notShared}</p>}
      {phase === 'ready' && (
        <button type="button" className="pill add" onClick={sharing.isGuest ? sharing.leave : sharing.invite}>
          {sharing.isGuest ? texts.giveBack : texts.invite}
        </button>
      )}
    </section>
  );
}
