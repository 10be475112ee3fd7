import { Switch } from 'antd-mobile';
import React from 'react';
import { formatValue } from '../properties';
/*:: import type { CardProps } from './types'; */

/** A bool that the user may set. */
export function SwitchTile({ property, value, onChange } /*: CardProps */) {
  const on = Number(value) === 1;
  return (
    <div className="card tile">
      <span className="name">{property.name}</span>
      <span className="tile-foot">
        <span className="tile-state">{formatValue(property, on ? 1 : 0)}</span>
        <Switch aria-label={property.name} checked={on} onChange={(checked) => onChange(checked ? 1 : 0)} />
      </span>
    </div>
  );
}
