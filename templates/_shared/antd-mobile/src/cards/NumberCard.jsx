import { Slider } from 'antd-mobile';
import React, { useState } from 'react';
import { texts } from '../texts';
import { fitNumber } from '../properties';
/*:: import type { CardProps } from './types'; */

/** An int or float that the user may set. */
export function NumberCard({ property, value, onChange } /*: CardProps */) {
  const { name, min, max, step, unit } = property;
  // While a finger is on the slider its own value counts, not what the device reports.
  const [draft, setDraft] = useState/*::<number | null>*/(null);
  const shown = draft === null ? fitNumber(property, Number(value) || 0) : draft;
  return (
    <div className="card" role="group" aria-label={name}>
      <p className="card-head">
        <span className="name">{name}</span>
        <output className="value">
          {draft === null && value === undefined ? texts.none : shown}
          <small>{unit}</small>
        </output>
      </p>
      <Slider
        {...{ min, max, step }}
        value={shown}
        onChange={(next) => setDraft(fitNumber(property, Number(next)))}
        onAfterChange={(next) => {
          setDraft(null);
          onChange(fitNumber(property, Number(next)));
        }}
      />
    </div>
  );
}
