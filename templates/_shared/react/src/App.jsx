import React, { useMemo } from 'react';
[% if "router" in features %]
import { useLocation, useNavigate } from 'react-router-dom';
[% endif %]
import { ChoiceCard } from './cards/ChoiceCard';
import { DetailCard } from './cards/DetailCard';
[% if "history" in features %]
import { HistoryCard } from './cards/HistoryCard';
[% endif %]
[% if "i18n" in features %]
import { LanguageCard } from './cards/LanguageCard';
[% endif %]
[% if group %]
import { MembersCard } from './cards/MembersCard';
[% endif %]
import { NumberCard } from './cards/NumberCard';
import { PowerCard } from './cards/PowerCard';
import { Reading } from './cards/Reading';
[% if "share" in features %]
import { SharingCard } from './cards/SharingCard';
[% endif %]
[% if gateway %]
import { SubDevicesCard } from './cards/SubDevicesCard';
[% endif %]
import { SwitchTile } from './cards/SwitchTile';
import { TextCard } from './cards/TextCard';
[% if "timer" in features %]
import { TimersCard } from './cards/TimersCard';
[% endif %]
/*:: import type { CardProps } from './cards/types'; */
/*:: import type { Device } from './device'; */
[% if bluetooth %]
import { LinkCard } from './LinkCard';
[% endif %]
[% if bluetooth == "llsync" %]
import { UpgradeCard } from './UpgradeCard';
[% endif %]
import { texts } from './texts';
import { groupProperties, readProperties } from './properties';
/*:: import type { Kind, Property } from './properties'; */
import { useStore } from './useStore';

// Give a kind of property another look here.
const CONTROLS /*: Partial<Record<Kind, React.ComponentType<CardProps>>> */ = {
  choice: ChoiceCard,
  number: NumberCard,
};

[% if bluetooth %]
export function App({ device[% if bluetooth == "llsync" %], upgrade[% endif %] }) {
  const { values, online, link, reason } = useStore(device);
[% else %]
export function App({ device } /*: { device: Device } */) {
  const { values, online[% if group %], members[% endif %] } = useStore(device);
[% endif %]
[% if "router" in features %]
  const navigate = useNavigate();
  const { search } = useLocation();
[% endif %]
  const properties = useMemo(() => readProperties(device.dataTemplate), [device]);
  const { power, readings, switches, controls, details } = useMemo(() => groupProperties(properties), [properties]);
[% if "history" in features %]
  const numbers = useMemo(() => properties.filter(({ kind }) => kind === 'number'), [properties]);
[% endif %]

  const card = (Card /*: React.ComponentType<CardProps> */, property /*: Property */) => (
    <Card
      key={property.id}
      property={property}
      value={values[property.id]}
      onChange={(value) => device.control(property.id, value)}
    />
  );

  return (
    <main className="panel">
      <header className="top">
        <div>
          <h1>{device.name}</h1>
          <p className={online ? 'status is-online' : 'status'} role="status">
[% if bluetooth %]
            {texts.links[link]}
[% else %]
            {online ? texts.online : texts.offline}
[% endif %]
          </p>
        </div>
[% if "router" in features %]
        <button
          type="button"
          className="more"
          aria-label={texts.about}
          onClick={() => navigate({ pathname: '/about', search })}
        />
[% else %]
        <button type="button" className="more" aria-label={texts.details} onClick={device.showDetails} />
[% endif %]
      </header>
[% if bluetooth %]
      <LinkCard link={link} reason={reason} onRetry={device.connect} />
[% endif %]
[% if group %]
      <div className="stack">
        <MembersCard members={members} onOpen={device.open} />
      </div>
[% endif %]
[% if gateway %]
      <div className="stack">
        <SubDevicesCard subDevices={device.subDevices} />
      </div>
[% endif %]
      {/* A disabled fieldset disables every control in it. */}
      <fieldset disabled={!online}>
        {power && card(PowerCard, power)}
        {readings.length > 0 && (
          <section className="tiles" aria-label={texts.readings}>
            {readings.map((property) => card(Reading, property))}
          </section>
        )}
        {switches.length > 0 && (
          <section className="tiles" aria-label={texts.switches}>
            {switches.map((property) => card(SwitchTile, property))}
          </section>
        )}
        {controls.length > 0 && (
          <section className="stack" aria-label={texts.controls}>
            {controls.map((property) => card(CONTROLS[property.kind] || TextCard, property))}
          </section>
        )}
        {details.length > 0 && (
          <section className="stack" aria-label={texts.more}>
            {details.map((property) => card(DetailCard, property))}
          </section>
        )}
[% if bluetooth == "llsync" %]
        <div className="stack">
          <UpgradeCard upgrade={upgrade} />
        </div>
[% endif %]
        {properties.length === 0 && <p className="notice">{texts.empty}</p>}
      </fieldset>
[% if "history" in features or "timer" in features or "share" in features or "i18n" in features %]
      <div className="stack">
[% if "history" in features %]
        {numbers.length > 0 && <HistoryCard history={device.history} properties={numbers} />}
[% endif %]
[% if "timer" in features %]
        <TimersCard timers={device.timers} properties={properties} />
[% endif %]
[% if "share" in features %]
        <SharingCard sharing={device.sharing} />
[% endif %]
[% if "i18n" in features %]
        <LanguageCard />
[% endif %]
      </div>
[% endif %]
    </main>
  );
}
