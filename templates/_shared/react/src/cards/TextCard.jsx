import React, { useState } from 'react';
import { texts } from '../texts';
import { fromInput, toInput } from '../properties';
/*:: import type { CardProps } from './types'; */

/** A string or timestamp that the user may set: sent with the button or Enter. */
export function TextCard({ property, value, onChange } /*: CardProps */) {
  const [draft, setDraft] = useState/*::<string | null>*/(null);
  const shown = draft === null ? toInput(property, value) : draft;
  return (
    <form
      className="card"
      onSubmit={(event) => {
        event.preventDefault();
        setDraft(null);
        onChange(fromInput(property, shown));
      }}
    >
      <p className="card-head">
        <span className="name">{property.name}</span>
      </p>
      <div className="entry">
        <input
          type={property.kind === 'time' ? 'datetime-local' : 'text'}
          aria-label={property.name}
          maxLength={property.max}
          placeholder={texts.none}
          value={shown}
          onChange={(event) => setDraft(event.target.value)}
        />
        {draft !== null && <button type="submit">{texts.send}</button>}
      </div>
    </form>
  );
}
