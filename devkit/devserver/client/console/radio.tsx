/** The air: which peripherals are near, how strong they are, and what is wrong with them. */

import { useState } from 'preact/hooks'
import { AirMap, distanceAt, nearness, stateOf } from './air-map'
import { useStore, useWords } from './context'
import type { Characteristic, Peripheral } from './peripherals'
import { Card, Switch, useDraft, useThrottle } from './widgets'

const DRAG_MS = 120
const STEPS = 120

function Bars({ rssi, on }: { rssi: number; on: boolean }) {
  const strength = on ? [-90, -78, -66, -54].filter((limit) => rssi >= limit).length : 0
  return (
    <span class="bars" aria-hidden="true">
      {[1, 2, 3, 4].map((bar) => (
        <i key={bar} class={bar <= strength ? 'on' : ''} style={{ height: `${3 * bar}px` }} />
      ))}
    </span>
  )
}

function Distance({ item }: { item: Peripheral }) {
  const store = useStore()
  const words = useWords()
  const [editing, setEditing] = useState(false)
  const [draft, setDraft] = useDraft(Math.round(nearness(item.distance) * STEPS), editing)
  const send = useThrottle(
    (step: number) => void store.air(item.address, 'move', { distance: distanceAt(step / STEPS) }),
    DRAG_MS,
  )
  const shown = editing ? distanceAt(draft / STEPS) : item.distance
  return (
    <label class="slider">
      <span>{words.distance}</span>
      <input
        type="range"
        min={0}
        max={STEPS}
        value={draft}
        disabled={!store.api.canControl}
        aria-valuetext={`${shown} m`}
        onInput={(event) => {
          setEditing(true)
          setDraft(Number(event.currentTarget.value))
          send(Number(event.currentTarget.value))
        }}
        onChange={() => setEditing(false)}
      />
      <output>{shown} m</output>
    </label>
  )
}

function Faults({ item }: { item: Peripheral }) {
  const store = useStore()
  const words = useWords()
  const set = (name: string, value: unknown) => void store.air(item.address, 'fault', { [name]: value })
  const faults = Object.entries(item.faults).filter(([name]) => name !== 'out_of_range')
  return (
    <details class="fold">
      <summary>
        {words.faults}
        {faults.some(([, value]) => value) && <span class="badge warn">{words.faultsOn}</span>}
      </summary>
      {faults.map(([name, value]) => {
        const label = words.bleFaults[name] ?? name
        return (
          // biome-ignore lint/a11y/noLabelWithoutControl: each branch below has its field
          <label class="fault" key={name}>
            <span>{label}</span>
            {typeof value === 'boolean' ? (
              <input
                type="checkbox"
                checked={value}
                disabled={!store.api.canControl}
                onChange={(event) => set(name, event.currentTarget.checked)}
              />
            ) : name === 'refuse_ota' ? (
              <select
                value={value === null ? '' : String(value)}
                disabled={!store.api.canControl}
                onChange={(event) =>
                  set(name, event.currentTarget.value === '' ? null : Number(event.currentTarget.value))
                }
              >
                <option value="">{words.none}</option>
                <option value="0">{words.lowBattery}</option>
                <option value="1">{words.wrongVersion}</option>
              </select>
            ) : (
              <input
                type="number"
                min={0}
                max={60000}
                value={Number(value ?? 0)}
                disabled={!store.api.canControl}
                onChange={(event) => set(name, Number(event.currentTarget.value))}
              />
            )}
          </label>
        )
      })}
    </details>
  )
}

function Row({ item, chosen, choose }: { item: Peripheral; chosen: boolean; choose(): void }) {
  const store = useStore()
  const words = useWords()
  const state = stateOf(item)
  const text = { connected: words.bleConnected, near: words.bleNear, away: words.bleAway }[state]
  return (
    <div class={`peripheral ${chosen ? 'chosen' : ''}`} data-peripheral={item.address}>
      <div class="peripheral-head">
        <button type="button" class="peripheral-name" aria-expanded={chosen} onClick={choose}>
          <Bars rssi={item.rssi} on={item.inRange} />
          <span>
            <b>{item.name || item.kind}</b>
            <code>{item.address}</code>
          </span>
        </button>
        <span class="muted rssi">{item.inRange ? `${item.rssi} dBm` : '–'}</span>
        <span class={`badge ble-${state}`} data-state={state}>
          {text}
        </span>
        <Switch
          on={!item.faults['out_of_range']}
          label={`${words.onAir}: ${item.name || item.address}`}
          disabled={!store.api.canControl}
          onChange={(on) => void store.air(item.address, 'air', { on })}
        />
      </div>
      {chosen && (
        <>
          <Distance item={item} />
          {item.llsync && (
            <p class="muted llsync">
              LLSync · {item.llsync.version} · {item.llsync.bound ? words.bleBound : words.bleUnbound}
              {item.llsync.authorized && ` · ${words.bleAuthorized}`}
              {item.llsync.progress > 0 && ` · OTA ${item.llsync.progress} %`}
            </p>
          )}
          <Faults item={item} />
        </>
      )}
    </div>
  )
}

/** The peripherals within reach of the phone; without any, how to add one. */
export function RadioCard() {
  const store = useStore()
  const words = useWords()
  const items = Object.values(store.peripherals.value)
  const chosen = store.peripheral.value
  return (
    <Card
      name="radio"
      title={words.bluetooth}
      badge={items.length > 0 && <span class="badge">{items.length}</span>}
    >
      {items.length === 0 ? (
        <p class="empty">
          {words.noPeripherals}
          <code>--peripheral file.py:Class</code>
        </p>
      ) : (
        <>
          <AirMap items={items} chosen={chosen} choose={(address) => (store.peripheral.value = address)} />
          {items.map((item) => (
            <Row
              key={item.address}
              item={item}
              chosen={item.address === chosen}
              choose={() => (store.peripheral.value = item.address === chosen ? '' : item.address)}
            />
          ))}
        </>
      )}
    </Card>
  )
}

/** Return hex in pairs. */
function pairs(hex: string): string {
  return hex.replace(/(..)(?=.)/g, '$1 ')
}

/** Return bytes as text when all of them are printable. */
function plain(hex: string): string {
  const codes = (hex.match(/../g) ?? []).map((pair) => parseInt(pair, 16))
  return codes.length > 1 && codes.every((code) => code >= 32 && code < 127)
    ? String.fromCharCode(...codes)
    : ''
}

function shortId(uuid: string): string {
  return /^0000.{4}-/i.test(uuid) ? uuid.slice(4, 8) : uuid.slice(0, 8)
}

function CharacteristicRow({
  item,
  service,
  data,
}: {
  item: Peripheral
  service: string
  data: Characteristic
}) {
  const store = useStore()
  const words = useWords()
  const [draft, setDraft] = useState('')
  const id = shortId(data.uuid)
  const can = (...names: string[]) => names.some((name) => data.properties.includes(name))
  const act = (name: string, more: object = {}) =>
    store.air(item.address, name, { service, characteristic: data.uuid, ...more })
  const bytes = draft.replace(/[\s:,]|0x/gi, '')
  const whole = bytes.length > 0 && bytes.length % 2 === 0 && /^[0-9a-f]*$/i.test(bytes)
  const off = !store.api.canControl
  const reach = off || !item.connected
  return (
    <div class="characteristic" data-characteristic={id}>
      <div class="characteristic-head">
        <code title={data.uuid}>{id}</code>
        {data.properties.map((name) => (
          <span class="badge" key={name}>
            {name}
          </span>
        ))}
        {data.subscribed && <span class="badge on">{words.subscribed}</span>}
        <span class="gap" />
        {can('read') && (
          <button type="button" class="small" disabled={reach} onClick={() => void act('read')}>
            {words.read}
          </button>
        )}
        {can('notify', 'indicate') && (
          <button
            type="button"
            class="small"
            disabled={reach}
            aria-pressed={data.subscribed}
            onClick={() => void act('listen', { on: !data.subscribed })}
          >
            {words.listen}
          </button>
        )}
      </div>
      {(data.value !== '' || can('read')) && (
        <code class="hex" title={plain(data.value)}>
          {pairs(data.value) || words.noValue}
        </code>
      )}
      {(can('write', 'writeNoResponse') || can('notify', 'indicate')) && (
        <form
          class="failing-form"
          onSubmit={(event) => {
            event.preventDefault()
            if (whole) void act(can('write', 'writeNoResponse') ? 'write' : 'notify', { value: bytes })
          }}
        >
          <input
            placeholder="01 0A FF"
            aria-label={`${words.hexValue} ${id}`}
            aria-invalid={draft !== '' && !whole}
            spellcheck={false}
            value={draft}
            onInput={(event) => setDraft(event.currentTarget.value)}
          />
          {can('write', 'writeNoResponse') && (
            <button type="submit" class="small" disabled={reach || !whole}>
              {words.write}
            </button>
          )}
          {can('notify', 'indicate') && (
            <button
              type={can('write', 'writeNoResponse') ? 'button' : 'submit'}
              class="small"
              disabled={off || !whole}
              onClick={(event) => {
                if (event.currentTarget.type === 'button') void act('notify', { value: bytes })
              }}
            >
              {words.notify}
            </button>
          )}
        </form>
      )}
    </div>
  )
}

/** Services of the chosen peripheral, to read, write and notify by hand. */
export function GattCard() {
  const store = useStore()
  const words = useWords()
  const all = store.peripherals.value
  const item = all[store.peripheral.value]
  if (!item) return null
  return (
    <Card
      name="gatt"
      title={`GATT · ${item.name || item.kind}`}
      badge={item.connected && <span class="badge">MTU {item.mtu}</span>}
    >
      <div class="gatt-bar">
        <span class="muted">{item.connected ? words.bleConnected : words.connectToUse}</span>
        <button
          type="button"
          class="small"
          disabled={!store.api.canControl}
          onClick={() => void store.air(item.address, item.connected ? 'disconnect' : 'connect', {})}
        >
          {item.connected ? words.disconnect : words.connect}
        </button>
      </div>
      {item.services.map((service) => (
        <section key={service.uuid} class="service">
          <h3 title={service.uuid}>
            {words.service} {shortId(service.uuid)}
          </h3>
          {service.characteristics.map((data) => (
            <CharacteristicRow key={data.uuid} item={item} service={service.uuid} data={data} />
          ))}
        </section>
      ))}
    </Card>
  )
}

const ARROWS: Record<string, string> = { write: '→', notify: '←', read: '⇠', lost: '✕' }

/** What went over the air, newest last, in words where they are known. */
export function FramesCard() {
  const store = useStore()
  const words = useWords()
  const frames = store.frames.value
  const chosen = store.peripheral.value
  const shown = chosen ? frames.filter((frame) => frame.address === chosen) : frames
  if (Object.keys(store.peripherals.value).length === 0) return null
  return (
    <Card name="frames" title={words.frames} badge={<span class="badge">{shown.length}</span>}>
      {shown.length === 0 ? (
        <p class="empty">{words.noFrames}</p>
      ) : (
        <ol class="frames" tabIndex={0} aria-label={words.frames}>
          {[...shown].reverse().map((frame) => (
            <li key={frame.seq} class={frame.kind} data-frame={frame.kind}>
              <i title={words.frameKinds[frame.kind] ?? frame.kind}>{ARROWS[frame.kind] ?? '·'}</i>
              <code title={frame.characteristic}>{shortId(frame.characteristic)}</code>
              {(frame.words || plain(frame.value)) && <span>{frame.words || plain(frame.value)}</span>}
              <code class="hex">{pairs(frame.value)}</code>
            </li>
          ))}
        </ol>
      )}
    </Card>
  )
}
