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
          <button
            key={choice.value}
            type="button"
            className="choice"
            role="radio"
            aria-checked={String(choice.value) === String(value)}
            onClick={() => onChange(choice.value)}
          >
            {choice.label}
          </button>
        ))}
      </div>
    </div>
  );
}
