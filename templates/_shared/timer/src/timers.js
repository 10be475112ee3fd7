import { createState } from './state';
import { formatValue } from './properties';
/*:: import type { Property, Value } from './properties'; */
import { texts } from './texts';

/*::
// days: seven of 0 and 1, Sunday first. values: what the device is told.
export interface Timer {
  id: string;
  name: string;
  days: string;
  time: string;
  repeat: boolean;
  values: Record<string, Value>;
  active: boolean;
}
export interface TimersState {
  list: Timer[];
  phase: 'loading' | 'failed' | 'ready';
}
export type Timers = ReturnType<typeof createTimers>;
*/
const MOST = 50; // timers of one answer, the most that the cloud gives
const NO_DAY = '0000000';

/** Keep the device's timers, which the cloud carries out. Create it after sdkReady(). */
export function createTimers(sdk /*: H5Panel.Sdk */) {
  const state = createState/*::<TimersState>*/({ list: [], phase: 'loading' });
  const call = (action /*: string */, params = {}) =>
    sdk.requestTokenApi(action, { ProductId: sdk.productId, DeviceName: sdk.deviceName, ...params });

  /** Read all timers; a list that is on the page stays there meanwhile. */
  async function load() {
    try {
      const list /*: Timer[] */ = [];
      let total = 1;
      while (list.length < total) {
        const answer = await call('AppGetTimerList', { Offset: list.length, Limit: MOST });
        if (!answer.TimerList.length) break;
        list.push(...answer.TimerList.map(readTimer));
        total = answer.Total;
      }
      list.sort((one, other) => one.time.localeCompare(other.time));
      state.update({ list, phase: 'ready' });
    } catch (error) {
      console.warn('The timers could not be read.', error);
      state.update({ phase: 'failed' });
    }
  }

  /** Change something in the cloud and read the list again; tell whether it was done. */
  async function change(action /*: string */, params /*: object */) {
    try {
      await call(action, params);
    } catch (error) {
      sdk.tips.showError(error);
      return false;
    }
    await load();
    return true;
  }

  return {
    getState: state.get,
    subscribe: state.subscribe,
    load,
    /** Without a day the timer fires once, at the next such time. */
    add: (name /*: string */, time /*: string */, days /*: string */, values /*: Record<string, Value> */) =>
      change('AppCreateTimer', {
        TimerName: name,
        TimePoint: time,
        Days: days,
        Repeat: days === NO_DAY ? 0 : 1,
        Data: JSON.stringify(values),
      }),
    setActive(timer /*: Timer */, active /*: boolean */) {
      return change('AppModifyTimerStatus', { TimerId: timer.id, Status: active ? 1 : 0 });
    },
    remove: (timer /*: Timer */) => change('AppDeleteTimer', { TimerId: timer.id }),
  };
}

function readTimer(row /*: any */) /*: Timer */ {
  let values = {};
  try {
    values = JSON.parse(row.Data) || {};
  } catch (error) {
    // A timer of another client may hold anything; it is shown without its effect.
  }
  return {
    id: row.TimerId,
    name: row.TimerName,
    days: row.Days,
    time: row.TimePoint,
    repeat: row.Repeat === 1,
    values,
    active: row.Status === 1,
  };
}

/** Put what a timer does into words, such as "Light: on". */
export function describeEffect(properties /*: Property[] */, values /*: Record<string, Value> */) {
  return Object.keys(values)
    .map((id) => {
      const property = properties.find((item) => item.id === id);
      return property ? `${property.name}: ${formatValue(property, values[id])}${property.unit}` : id;
    })
    .join(', ');
}

/** Put the days of a timer into words. */
export function describeDays({ days, repeat } /*: Pick<Timer, 'days' | 'repeat'> */) {
  if (!repeat || days === NO_DAY) return texts.once;
  if (days === '1111111') return texts.daily;
  return texts.weekdays.filter((day, index) => days[index] === '1').join(' ');
}

/** Properties that a timer can set: switches and choices. */
export const settable = (properties /*: Property[] */) =>
  properties.filter(({ writable, kind }) => writable && (kind === 'switch' || kind === 'choice'));

/** The values that a property can be set to. */
export function options(property /*: Property */) {
  if (property.choices.length) return property.choices;
  return [
    { value: 1, label: texts.on },
    { value: 0, label: texts.off },
  ];
}

/** Add a day to seven of 0 and 1, or take it away. */
export const toggleDay = (days /*: string */, index /*: number */) =>
  days.slice(0, index) + (days[index] === '1' ? '0' : '1') + days.slice(index + 1);
