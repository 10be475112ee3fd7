import React from 'react';
/*:: import type { CardProps } from './types'; */

/** An enum or stringenum that the user may set. */
export function ChoiceCard({ property, value, onChange } /*: CardProps */) {
  return (
    <div className="card" role="radiogroup" aria-label={property.name}>
      <p className="card-head">
        <span className="name">{property.name}</span>
      </p>
      <div className="choices">
        {property.choices.map((choice) => (
          <label key={choice.value} className="choice">
            <input
              type="radio"
              name={property.id}
              checked={String(choice.value) === String(value)}
              onChange={() => onChange(choice.value)}
            />
            <span>{choice.label}</span>
          </label>
        ))}
      </div>
    </div>
  );
}
