[% if typed %]
/** @jsx h */
[% endif %]
import { h } from './dom';
import { texts } from './texts';
import { fitNumber, formatValue, fromInput, listRows, toInput } from './properties';
/*:: import type { Property, Value } from './properties'; */

/*::
// `follow` calls back at once and whenever the value changes.
export interface CardProps {
  property: Property;
  follow: (show: (value: Value) => void) => void;
  onChange: (value: Value) => void;
}
*/
/** A button that is on or off. */
function toggle(button /*: HTMLElement */, state /*: HTMLElement */, { property, follow, onChange } /*: CardProps */) {
  let on = false;
  button.addEventListener('click', () => onChange(on ? 0 : 1));
  follow((value) => {
    on = Number(value) === 1;
    button.setAttribute('aria-checked', String(on));
    state.textContent = formatValue(property, on ? 1 : 0);
  });
  return button;
}

/** The switch of the whole device. */
export function PowerCard(props /*: CardProps */) {
  const { name } = props.property;
  const state = <span class="power-state" />;
  const button = (
    <button type="button" class="card power" role="switch" aria-label={name}>
      <span class="power-words">
        {state}
        <span class="name">{name}</span>
      </span>
      <span class="power-sign" aria-hidden="true" />
    </button>
  );
  return toggle(button, state, props);
}

/** A bool that the user may set. */
export function SwitchTile(props /*: CardProps */) {
  const { name } = props.property;
  const state = <span class="tile-state" />;
  const button = (
    <button type="button" class="card tile" role="switch" aria-label={name}>
      <span class="name">{name}</span>
      <span class="tile-foot">
        {state}
        <span class="toggle" aria-hidden="true" />
      </span>
    </button>
  );
  return toggle(button, state, props);
}

/** A value that the device alone sets. */
export function Reading({ property, follow } /*: CardProps */) {
  const content = <span class="reading-value" />;
  follow((value) => {
    const text = formatValue(property, value);
    content.className = text.length > 8 ? 'reading-value is-long' : 'reading-value';
    content.textContent = text;
    if (text !== texts.none) content.append(<small>{property.unit}</small>);
  });
  return (
    <div class="card reading" role="group" aria-label={property.name}>
      <span class="name">{property.name}</span>
      {content}
    </div>
  );
}

/** An int or float that the user may set: a slider, and buttons for one step. */
export function NumberCard({ property, follow, onChange } /*: CardProps */) {
  const { name, min, max, step, unit } = property;
  const amount = <output class="value" />;
  const slider = <input type="range" aria-label={name} min={min} max={max} step={step} />/*:: as HTMLInputElement */;
  let dragging = false;

  const show = (value /*: number */) => {
    amount.textContent = String(value);
    amount.append(<small>{unit}</small>);
    slider.value = String(value);
    slider.setAttribute('aria-valuetext', `${value} ${unit}`);
    slider.style.setProperty('--fill', `${((value - min) / (max - min || 1)) * 100}%`);
  };
  const send = (value /*: number */) => {
    dragging = false;
    onChange(fitNumber(property, value));
  };

  const stepButton = (sign /*: string */, word /*: string */, by /*: number */) => (
    <button type="button" class="step" aria-label={`${word} ${name}`} onclick={() => send(Number(slider.value) + by)}>
      {sign}
    </button>
  );

  // While a finger is on the slider its own value counts, not what the device reports.
  slider.addEventListener('input', () => {
    dragging = true;
    show(Number(slider.value));
  });
  slider.addEventListener('change', () => send(Number(slider.value)));
  follow((value) => {
    if (dragging) return;
    show(fitNumber(property, Number(value) || 0));
    if (value === undefined) amount.textContent = texts.none;
  });
  return (
    <div class="card" role="group" aria-label={name}>
      <p class="card-head">
        <span class="name">{name}</span>
        {amount}
      </p>
      <div class="slider">
        {stepButton('−', texts.less, -step)}
        {slider}
        {stepButton('+', texts.greater, step)}
      </div>
    </div>
  );
}

/** An enum or stringenum that the user may set. */
export function ChoiceCard({ property, follow, onChange } /*: CardProps */) {
  const buttons = property.choices.map(({ value, label }) => (
    <button type="button" class="choice" role="radio" onclick={() => onChange(value)}>
      {label}
    </button>
  ));
  follow((value) => {
    buttons.forEach((button, index) => {
      button.setAttribute('aria-checked', String(String(property.choices[index].value) === String(value)));
    });
  });
  return (
    <div class="card" role="radiogroup" aria-label={property.name}>
      <p class="card-head">
        <span class="name">{property.name}</span>
      </p>
      <div class="choices">{buttons}</div>
    </div>
  );
}

/** A string or timestamp that the user may set: sent with the button or Enter. */
export function TextCard({ property, follow, onChange } /*: CardProps */) {
  const type = property.kind === 'time' ? 'datetime-local' : 'text';
  const input = (
    <input type={type} aria-label={property.name} maxlength={property.max} placeholder={texts.none} />
  )/*:: as HTMLInputElement */;
  const button = <button type="submit">{texts.send}</button>;
  const setEditing = (editing /*: boolean */) => (button.hidden = !editing);

  input.addEventListener('input', () => setEditing(true));
  follow((value) => {
    if (button.hidden) input.value = toInput(property, value);
  });
  setEditing(false);
  return (
    <form
      class="card"
      onsubmit={(event /*: Event */) => {
        event.preventDefault();
        setEditing(false);
        onChange(fromInput(property, input.value));
      }}
    >
      <p class="card-head">
        <span class="name">{property.name}</span>
      </p>
      <div class="entry">
        {input}
        {button}
      </div>
    </form>
  );
}

/** A struct or an array, to read. */
export function DetailCard({ property, follow } /*: CardProps */) {
  const rows = <dl class="rows" />;
  follow((value) => {
    rows.textContent = '';
    rows.append(
      ...listRows(property, value).map(({ name, text }) => (
        <div>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      )),
    );
  });
  return (
    <div class="card" role="group" aria-label={property.name}>
      <p class="card-head">
        <span class="name">{property.name}</span>
      </p>
      {rows}
    </div>
  );
}
