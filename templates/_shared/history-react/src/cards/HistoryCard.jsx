import React, { useEffect, useState } from 'react';
import { CHART, drawChart, formatStart, roundValue } from '../history';
/*:: import type { History, Point } from '../history'; */
/*:: import type { Property } from '../properties'; */
import { texts } from '../texts';
import { useStore } from '../useStore';

const RANGES = [24, 24 * 7];

/** A chart of one of the numbers, as the cloud has kept it. */
export function HistoryCard({ history, properties } /*: { history: History; properties: Property[] } */) {
  const [id, setId] = useState(properties[0].id);
  const [hours, setHours] = useState(RANGES[0]);
  const { points, end, phase } = useStore(history);
  const property = properties.find((item) => item.id === id) || properties[0];

  useEffect(() => history.start(), [history]);
  useEffect(() => {
    history.load(id, hours);
  }, [history, id, hours]);

  return (
    <section className="card" aria-label={texts.history}>
      <div className="card-head">
        <select
          className="picker"
          aria-label={texts.property}
          value={id}
          onChange={(event) => setId(event.target.value)}
        >
          {properties.map((item) => (
            <option key={item.id} value={item.id}>
              {item.name}
            </option>
          ))}
        </select>
        <div className="ranges" role="radiogroup" aria-label={texts.period}>
          {RANGES.map((range, index) => (
            <button
              key={range}
              type="button"
              role="radio"
              aria-checked={range === hours}
              onClick={() => setHours(range)}
            >
              {texts.periods[index]}
            </button>
          ))}
        </div>
      </div>
      {phase === 'ready' && points.length > 0 ? (
        <Chart {...{ property, points, end, hours }} />
      ) : (
        <p className="chart-note" role="status">
          {phase === 'loading' && texts.loading}
          {phase === 'ready' && texts.noHistory}
          {phase === 'failed' && (
            <button type="button" className="pill" onClick={() => history.load(id, hours)}>
              {texts.reload}
            </button>
          )}
        </p>
      )}
    </section>
  );
}

/*::
interface ChartProps {
  property: Property;
  points: Point[];
  end: number;
  hours: number;
}

*/
function Chart({ property, points, end, hours } /*: ChartProps */) {
  const { low, high, line, area } = drawChart(points, end, hours);
  const [least, most] = [low, high].map((value) => `${roundValue(property, value)}${property.unit}`);
  return (
    <figure className="chart">
      <svg
        viewBox={`0 0 ${CHART.width} ${CHART.height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${property.name}: ${least} – ${most}`}
      >
        <path className="chart-area" d={area} />
        <path className="chart-line" d={line} />
      </svg>
      <figcaption>
        <span className="chart-high">{most}</span>
        <span className="chart-low">{least}</span>
        <span>{formatStart(end, hours)}</span>
        <span>{texts.now}</span>
      </figcaption>
    </figure>
  );
}
