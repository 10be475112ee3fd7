import React from 'react';
import { formatValue } from '../properties';
/*:: import type { CardProps } from './types'; */

/** A bool that the user may set. */
export function SwitchTile({ property, value, onChange } /*: CardProps */) {
  const on = Number(value) === 1;
  return (
    <button
      type="button"
      className="card tile"
      role="switch"
      aria-checked={on}
      aria-label={property.name}
      onClick={() => onChange(on ? 0 : 1)}
    >
      <span className="name">{property.name}</span>
      <span className="tile-foot">
        <span className="tile-state">{formatValue(property, on ? 1 : 0)}</span>
        <span className="toggle" aria-hidden="true" />
      </span>
    </button>
  );
}
