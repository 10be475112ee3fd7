import { Selector } from 'antd-mobile';
import React from 'react';
/*:: import type { CardProps } from './types'; */

/** An enum or stringenum that the user may set. */
export function ChoiceCard({ property, value, onChange } /*: CardProps */) {
  const options = property.choices.map((choice) => ({ label: choice.label, value: String(choice.value) }));
  const change = ([next] /*: string[] */) => {
    const chosen = property.choices.find((choice) => String(choice.value) === next);
    // Selector gives nothing when the chosen one is tapped again.
    if (chosen) onChange(chosen.value);
  };
  return (
    <div className="card" role="group" aria-label={property.name}>
      <p className="card-head">
        <span className="name">{property.name}</span>
      </p>
      <Selector columns={3} showCheckMark={false} options={options} value={[String(value)]} onChange={change} />
    </div>
  );
}
