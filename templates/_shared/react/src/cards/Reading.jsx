import React from 'react';
import { texts } from '../texts';
import { formatValue } from '../properties';
/*:: import type { CardProps } from './types'; */

/** A value that the device alone sets. */
export function Reading({ property, value } /*: CardProps */) {
  const text = formatValue(property, value);
  return (
    <div className="card reading" role="group" aria-label={property.name}>
      <span className="name">{property.name}</span>
      <span className={text.length > 8 ? 'reading-value is-long' : 'reading-value'}>
        {text}
        {text !== texts.none && <small>{property.unit}</small>}
      </span>
    </div>
  );
}
