import React from 'react';
import { listRows } from '../properties';
/*:: import type { CardProps } from './types'; */

/** A struct or an array, to read. */
export function DetailCard({ property, value } /*: CardProps */) {
  return (
    <div className="card" role="group" aria-label={property.name}>
      <p className="card-head">
        <span className="name">{property.name}</span>
      </p>
      <dl className="rows">
        {listRows(property, value).map(({ name, text }, index) => (
          <div key={index}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
