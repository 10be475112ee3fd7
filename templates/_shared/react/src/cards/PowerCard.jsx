import React from 'react';
import { formatValue } from '../properties';
/*:: import type { CardProps } from './types'; */

/** The switch of the whole device. */
export function PowerCard({ property, value, onChange } /*: CardProps */) {
  const on = Number(value) === 1;
  return (
    <button
      type="button"
      className="card power"
      role="switch"
      aria-checked={on}
      aria-label={property.name}
      onClick={() => onChange(on ? 0 : 1)}
    >
      <span className="power-words">
        <span className="power-state">{formatValue(property, on ? 1 : 0)}</span>
        <span className="name">{property.name}</span>
      </span>
      <span className="power-sign" aria-hidden="true" />
    </button>
  );
}
