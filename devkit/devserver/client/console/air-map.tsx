/** A map of the air: the phone, and each peripheral as far away as it is, by the logarithm of its distance. */

import type { Peripheral } from './peripherals'

const NEAREST = 0.1
const FARTHEST = 100
/** The map in its own units: where the phone is, the radius of 100 m, and how high peripherals are drawn. */
const MAP = { width: 300, height: 104, x: 20, y: 86, reach: 268, spread: 84 }

/** Return 0 to 1 for a distance, by its logarithm. */
export function nearness(distance: number): number {
  const at = Math.log(Math.max(NEAREST, Math.min(FARTHEST, distance)) / NEAREST)
  return at / Math.log(FARTHEST / NEAREST)
}

export function distanceAt(place: number): number {
  const metres = NEAREST * (FARTHEST / NEAREST) ** place
  return Number(metres.toPrecision(2))
}

export function stateOf(item: Peripheral): 'connected' | 'near' | 'away' {
  return item.connected ? 'connected' : item.inRange ? 'near' : 'away'
}

export function AirMap({
  items,
  chosen,
  choose,
}: {
  items: Peripheral[]
  chosen: string
  choose(address: string): void
}) {
  return (
    <svg class="radio-map" viewBox={`0 0 ${MAP.width} ${MAP.height}`} aria-hidden="true">
      {[1, 10, 100].map((metres) => {
        const radius = nearness(metres) * MAP.reach
        return (
          <g key={metres}>
            <circle cx={MAP.x} cy={MAP.y} r={radius} />
            <text x={MAP.x + radius - 3} y={MAP.height - 4}>
              {metres} m
            </text>
          </g>
        )
      })}
      <rect class="map-phone" x={MAP.x - 6} y={MAP.y - 10} width="12" height="20" rx="3" />
      {items.map((item, index) => {
        const radius = Math.max(16, nearness(item.distance) * MAP.reach)
        const up = Math.min(0.8 * radius, (MAP.spread * (index + 1)) / (items.length + 1))
        return (
          // biome-ignore lint/a11y/noStaticElementInteractions: the list beside it does the same by keyboard
          <circle
            key={item.address}
            class={`map-dot ${stateOf(item)} ${item.address === chosen ? 'chosen' : ''}`}
            cx={MAP.x + Math.sqrt(radius * radius - up * up)}
            cy={MAP.y - up}
            r="6"
            onClick={() => choose(item.address)}
          >
            <title>{item.name || item.address}</title>
          </circle>
        )
      })}
    </svg>
  )
}
