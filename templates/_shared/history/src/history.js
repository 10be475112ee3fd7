import { createState } from './state';
/*:: import type { Field } from './properties'; */

/*::
export interface Point {
  time: number;
  value: number;
}
export interface HistoryState {
  id: string;
  hours: number;
  end: number;
  points: Point[];
  phase: 'loading' | 'failed' | 'ready';
}
export type History = ReturnType<typeof createHistory>;
*/
const PAGE = 100; // rows of one answer, the most that the cloud gives
const MOST = 2000; // points of one chart
const HOUR = 3600000;

/** Read what the cloud has kept of one property. Create it after sdkReady(). */
export function createHistory(sdk /*: H5Panel.Sdk */) {
  const state = createState/*::<HistoryState>*/({ id: '', hours: 24, end: 0, points: [], phase: 'loading' });
  let round = 0;

  /** Load the values of the last hours; the answer of an earlier call is dropped. */
  async function load(id /*: string */, hours /*: number */) {
    round += 1;
    const mine = round;
    const end = Date.now();
    state.update({ id, hours, end, points: [], phase: 'loading' });
    try {
      const points /*: Point[] */ = [];
      let context = '';
      do {
        const page = await sdk.getDeviceDataHistory({
          FieldName: id/*:: as H5Panel.PropertyId */,
          MinTime: end - hours * HOUR,
          MaxTime: end,
          Limit: PAGE,
          Context: context,
        });
        if (mine !== round) return;
        page.Results.forEach((row) => points.push({ time: Number(row.Time), value: Number(row.Value) }));
        context = page.Listover || !page.Results.length ? '' : page.Context;
      } while (context && points.length < MOST);
      state.update({ points: points.sort((one, other) => one.time - other.time), phase: 'ready' });
    } catch (error) {
      console.warn('The history could not be read.', error);
      if (mine === round) state.update({ phase: 'failed' });
    }
  }

  function onReport({ deviceId, deviceData } /*: H5Panel.ReportEvent */) {
    const { id, phase, hours, points } = state.get();
    const item = (deviceData || {})[id/*:: as H5Panel.PropertyId */];
    if (deviceId !== sdk.deviceId || phase !== 'ready' || !item) return;
    const end = Date.now();
    const kept = points.filter(({ time }) => time > end - hours * HOUR);
    state.update({ end, points: [...kept, { time: end, value: Number(item.Value) }] });
  }

  return {
    getState: state.get,
    subscribe: state.subscribe,
    load,
    /** Follow the device; call the result to stop. */
    start() {
      sdk.on('wsReport', onReport);
      return function stop() {
        round += 1;
        sdk.off('wsReport', onReport);
      };
    },
  };
}

/** The size of the drawing, in units of its viewBox. */
export const CHART = { width: 320, height: 120 };

/**
 * Draw points as SVG paths, a line and the area below it: a value holds until the next one, the last until the end.
 *
 * low and high are the ends of the vertical scale; a flat line has room above and below.
 */
export function drawChart(points /*: Point[] */, end /*: number */, hours /*: number */) {
  const values = points.map(({ value }) => value);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const room = high === low ? 1 : (high - low) * 0.08;
  const x = (time /*: number */) => (1 - (end - time) / (hours * HOUR)) * CHART.width;
  const y = (value /*: number */) => ((high + room - value) / (high - low + 2 * room)) * CHART.height;
  const line = points
    .map(({ time, value }, index) => {
      const [across, down] = [Math.max(0, x(time)).toFixed(1), y(value).toFixed(1)];
      return index ? `H${across}V${down}` : `M${across},${down}`;
    })
    .join('');
  const drawn = `${line}H${CHART.width}`;
  return { low, high, line: drawn, area: `${drawn}V${CHART.height}H${Math.max(0, x(points[0].time)).toFixed(1)}Z` };
}

/** Round a measured value to the digits of its property. */
export function roundValue({ step } /*: Field */, value /*: number */) {
  return Number(value.toFixed((String(step).split('.')[1] || '').length));
}

/** The time at the left end of a chart, in words of the phone's language. */
export function formatStart(end /*: number */, hours /*: number */) {
  const start = new Date(end - hours * HOUR);
  return hours > 24
    ? start.toLocaleDateString([], { month: 'numeric', day: 'numeric' })
    : start.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}
