[% if typed %]
/** @jsx h */
[% endif %]
import { ChoiceCard, DetailCard, NumberCard, PowerCard, Reading, SwitchTile, TextCard } from './cards';
/*:: import type { CardProps } from './cards'; */
/*:: import type { Device } from './device'; */
import { h } from './dom';
import { texts } from './texts';
import { groupProperties, readProperties } from './properties';
/*:: import type { Kind, Property } from './properties'; */

/*:: type Card = (props: CardProps) => HTMLElement; */
// Give a kind of property another look here.
const CONTROLS /*: Partial<Record<Kind, Card>> */ = { choice: ChoiceCard, number: NumberCard };

/** The whole page. Elements are made once; each follows the value it shows. */
export function App({ device } /*: { device: Device } */) {
  const properties = readProperties(device.dataTemplate);
  const { power, readings, switches, controls, details } = groupProperties(properties);
  const status = <p role="status" />;

  const card = (make /*: Card */, property /*: Property */) =>
    make({
      property,
      follow(show) {
        const update = () => show(device.getState().values[property.id]);
        update();
        device.subscribe(update);
      },
      onChange: (value) => device.control(property.id, value),
    });
  const section = (look /*: string */, label /*: string */, cards /*: HTMLElement[] */) =>
    cards.length > 0 && (
      <section class={look} aria-label={label}>
        {cards}
      </section>
    );

  // A disabled fieldset disables every control in it.
  const controlsOfDevice = (
    <fieldset>
      {power && card(PowerCard, power)}
      {section('tiles', texts.readings, readings.map((property) => card(Reading, property)))}
      {section('tiles', texts.switches, switches.map((property) => card(SwitchTile, property)))}
      {section('stack', texts.controls, controls.map((property) => card(CONTROLS[property.kind] || TextCard, property)))}
      {section('stack', texts.more, details.map((property) => card(DetailCard, property)))}
      {properties.length === 0 && <p class="notice">{texts.empty}</p>}
    </fieldset>
  )/*:: as HTMLFieldSetElement */;
  const showStatus = () => {
    const { online } = device.getState();
    status.className = online ? 'status is-online' : 'status';
    status.textContent = online ? texts.online : texts.offline;
    controlsOfDevice.disabled = !online;
  };
  showStatus();
  device.subscribe(showStatus);

  return (
    <main class="panel">
      <header class="top">
        <div>
          <h1>{device.name}</h1>
          {status}
        </div>
        <button type="button" class="more" aria-label={texts.details} onclick={device.showDetails} />
      </header>
      {controlsOfDevice}
    </main>
  );
}
