import React from 'react';
import { texts } from '../texts';

/** The devices of the group: which are online, and the way to the panel of each. */
export function MembersCard({ members, onOpen }) {
  return (
    <section className="card" aria-label={texts.members}>
      <p className="card-head">
        <span className="name">{texts.members}</span>
        <span className="name">{`${members.filter(({ online }) => online).length}/${members.length}`}</span>
      </p>
      <ul className="list">
        {members.map(({ id, name, online }) => (
          <li key={id}>
            <button type="button" className="list-words" onClick={() => onOpen(id)}>
              <strong>{name}</strong>
              <span className={online ? 'status is-online' : 'status'}>{online ? texts.online : texts.offline}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
