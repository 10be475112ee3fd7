import React, { useEffect, useRef, useState } from 'react';
import { texts } from '../texts';
import { fitNumber } from '../properties';
/*:: import type { CardProps } from './types'; */

/** An int or float that the user may set: a slider, and buttons for one step. */
export function NumberCard({ property, value, onChange } /*: CardProps */) {
  const { name, min, max, step, unit } = property;
  const input = useRef/*::<HTMLInputElement>*/(null);
  // While a finger is on the slider its own value counts, not what the device reports.
  const [draft, setDraft] = useState/*::<number | null>*/(null);
  const shown = draft === null ? fitNumber(property, Number(value) || 0) : draft;
  const send = (next /*: number */) => {
    setDraft(null);
    onChange(fitNumber(property, next));
  };
  const latest = useRef(send);
  latest.current = send;

  // React's onChange is the input event, sent at every move. The real change event comes on release.
  useEffect(() => {
    const slider = input.current;
    if (!slider) return undefined;
    const release = () => latest.current(Number(slider.value));
    slider.addEventListener('change', release);
    return () => slider.removeEventListener('change', release);
  }, []);

  const fill = { '--fill': `${((shown - min) / (max - min || 1)) * 100}%` };
  return (
    <div className="card" role="group" aria-label={name}>
      <p className="card-head">
        <span className="name">{name}</span>
        <output className="value">
          {draft === null && value === undefined ? texts.none : shown}
          <small>{unit}</small>
        </output>
      </p>
      <div className="slider">
        <button type="button" className="step" aria-label={`${texts.less} ${name}`} onClick={() => send(shown - step)}>
          −
        </button>
        <input
          ref={input}
          type="range"
          aria-label={name}
          aria-valuetext={`${shown} ${unit}`}
          style={fill/*:: as React.CSSProperties */}
          {...{ min, max, step }}
          value={shown}
          onChange={(event) => setDraft(Number(event.target.value))}
        />
        <button
          type="button"
          className="step"
          aria-label={`${texts.greater} ${name}`}
          onClick={() => send(shown + step)}
        >
          +
        </button>
      </div>
    </div>
  );
}
