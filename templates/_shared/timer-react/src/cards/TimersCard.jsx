import React, { useEffect, useMemo, useState } from 'react';
/*:: import type { Property } from '../properties'; */
import { texts } from '../texts';
import { describeDays, describeEffect, options, settable, toggleDay } from '../timers';
/*:: import type { Timers } from '../timers'; */
import { useStore } from '../useStore';

/** The device's timers: to switch, to delete and to add. */
export function TimersCard({ timers, properties } /*: { timers: Timers; properties: Property[] } */) {
  const { list, phase } = useStore(timers);
  const [adding, setAdding] = useState(false);
  const targets = useMemo(() => settable(properties), [properties]);

  useEffect(() => {
    timers.load();
  }, [timers]);

  return (
    <section className="card" aria-label={texts.timers}>
      <p className="card-head">
        <span className="name">{texts.timers}</span>
      </p>
      <ul className="list">
        {list.map((timer) => (
          <li key={timer.id}>
            <span className="list-words">
              <strong>{timer.time}</strong>
              <span className="name">
                {[describeDays(timer), describeEffect(properties, timer.values)].join(' · ')}
              </span>
            </span>
            <button
              type="button"
              className="bare"
              role="switch"
              aria-checked={timer.active}
              aria-label={timer.name}
              onClick={() => timers.setActive(timer, !timer.active)}
            >
              <span className="toggle" />
            </button>
            <button
              type="button"
              className="remove"
              aria-label={`${texts.remove} ${timer.name}`}
              onClick={() => timers.remove(timer)}
            />
          </li>
        ))}
      </ul>
      {phase === 'loading' && <p className="name">{texts.loading}</p>}
      {phase === 'failed' && (
        <button type="button" className="pill" onClick={timers.load}>
          {texts.reload}
        </button>
      )}
      {phase === 'ready' && !list.length && <p className="name">{texts.noTimers}</p>}
      {adding && <TimerForm {...{ timers, properties: targets }} onDone={() => setAdding(false)} />}
      {!adding && phase === 'ready' && targets.length > 0 && (
        <button type="button" className="pill add" onClick={() => setAdding(true)}>
          {texts.addTimer}
        </button>
      )}
    </section>
  );
}

/*::
interface FormProps {
  timers: Timers;
  properties: Property[];
  onDone: () => void;
}

*/
function TimerForm({ timers, properties, onDone } /*: FormProps */) {
  const [time, setTime] = useState('07:00');
  const [days, setDays] = useState('0000000');
  const [id, setId] = useState(properties[0].id);
  const [choice, setChoice] = useState(0);
  const [sending, setSending] = useState(false);
  const property = properties.find((item) => item.id === id) || properties[0];
  const values = options(property);

  async function add() {
    const { value, label } = values[choice];
    setSending(true);
    const done = await timers.add(`${property.name} ${label}`, time, days, { [id]: value });
    setSending(false);
    if (done) onDone();
  }

  return (
    <form
      className="timer-form"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <input
        type="time"
        className="picker"
        required
        aria-label={texts.time}
        value={time}
        onChange={(event) => setTime(event.target.value)}
      />
      <div className="days" role="group" aria-label={texts.days}>
        {texts.weekdays.map((day, index) => (
          <button
            key={day}
            type="button"
            role="checkbox"
            aria-checked={days[index] === '1'}
            onClick={() => setDays(toggleDay(days, index))}
          >
            {day}
          </button>
        ))}
      </div>
      <select
        className="picker"
        aria-label={texts.property}
        value={id}
        onChange={(event) => {
          setId(event.target.value);
          setChoice(0);
        }}
      >
        {properties.map((item) => (
          <option key={item.id} value={item.id}>
            {item.name}
          </option>
        ))}
      </select>
      <select
        className="picker"
        aria-label={texts.value}
        value={choice}
        onChange={(event) => setChoice(Number(event.target.value))}
      >
        {values.map(({ value, label }, index) => (
          <option key={value} value={index}>
            {label}
          </option>
        ))}
      </select>
      <div className="form-foot">
        <button type="button" className="pill is-plain" onClick={onDone}>
          {texts.cancel}
        </button>
        <button type="submit" className="pill" disabled={sending}>
          {texts.save}
        </button>
      </div>
    </form>
  );
}
