/** The device: its properties, events and actions, as the thing model names them. */

import { effect } from '@preact/signals'
import { throttle } from 'es-toolkit/function'
import { useEffect, useRef, useState } from 'preact/hooks'
import { useStore, useWords } from './context'
import { FieldRow } from './controls'
import { brief, type Entry, fields } from './entries'
import { SaveState } from './gallery'
import { StatePresets } from './presets'
import { type ModelAction, type ModelEvent, type Property, startValue } from './thing-model'
import { Card, Switch } from './widgets'

const SEARCH_FROM = 10

/** A property, which lights up shortly when its value changes. */
function PropertyRow({ property, value }: { property: Property; value: unknown }) {
  const store = useStore()
  const words = useWords()
  const row = useRef<HTMLDivElement>(null)
  const shown = JSON.stringify(value)
  const first = useRef(true)
  useEffect(() => {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches
    if (first.current) first.current = false
    else if (!still)
      row.current?.animate?.([{ backgroundColor: 'var(--flash)' }, { backgroundColor: 'transparent' }], {
        duration: 700,
        easing: 'ease-out',
      })
  }, [shown])
  return (
    <div ref={row} class="property">
      <FieldRow
        field={property}
        value={value}
        disabled={!store.api.canControl}
        mark={property.writable ? undefined : words.readOnlyProperty}
        onChange={(next) => void store.act('report', { [property.id]: next })}
      />
    </div>
  )
}

/** Bring a provisioning token as the device, the newest one when none is given. */
function JoinWifi() {
  const store = useStore()
  const words = useWords()
  const [token, setToken] = useState('')
  const join = async (event: Event) => {
    event.preventDefault()
    if (await store.act('provision', token.trim() ? { token: token.trim() } : {})) setToken('')
  }
  return (
    <form class="states" onSubmit={(event) => void join(event)}>
      <input
        placeholder={words.newestToken}
        aria-label={words.bindToken}
        title={words.bindToken}
        maxLength={64}
        value={token}
        onInput={(event) => setToken(event.currentTarget.value)}
      />
      <button type="submit" class="small" disabled={!store.api.canControl}>
        {words.joinWifi}
      </button>
    </form>
  )
}

/** Online switch, provisioning and properties. */
export function PropertiesCard() {
  const store = useStore()
  const words = useWords()
  const device = store.devices.value[store.deviceId.value]
  const { properties } = store.model.value
  const [needle, setNeedle] = useState('')
  const wanted = needle.trim().toLowerCase()
  const shown = properties.filter((item) => `${item.id} ${item.name}`.toLowerCase().includes(wanted))
  return (
    <Card name="properties" title={words.properties} badge={<span class="badge">{properties.length}</span>}>
      <div class="field online">
        <div class="field-name">
          <span>
            {device?.online ? words.online : words.offline}{' '}
            {device && (
              <span class={device.real ? 'badge on' : 'badge'} title={words.playedByHint}>
                {device.real ? words.playedByFirmware : words.playedByClass(device.playedBy)}
              </span>
            )}
          </span>
          <code>{store.deviceId.value}</code>
        </div>
        <Switch
          on={Boolean(device?.online)}
          label={words.online}
          disabled={!device || !store.api.canControl}
          onChange={(online) => void store.act('status', { online })}
        />
      </div>
      {device && <JoinWifi />}
      {properties.length > 0 && <StatePresets />}
      {properties.length > 0 && <SaveState device={store.deviceId.value} />}
      {properties.length >= SEARCH_FROM && (
        <input
          class="search"
          type="search"
          placeholder={words.filterProperties}
          aria-label={words.filterProperties}
          value={needle}
          onInput={(event) => setNeedle(event.currentTarget.value)}
        />
      )}
      {shown.map((property) => (
        <PropertyRow key={property.id} property={property} value={device?.properties[property.id]} />
      ))}
      {shown.length === 0 && <p class="empty">{properties.length ? words.noMatch : words.noProperties}</p>}
    </Card>
  )
}

function EventForm({ event }: { event: ModelEvent }) {
  const store = useStore()
  const words = useWords()
  const [params, setParams] = useState(() =>
    Object.fromEntries(event.params.map((param) => [param.id, startValue(param.control)])),
  )
  // Enter in a field changes the value and submits in one go, before the form is drawn again.
  const newest = useRef(params)
  const change = (id: string, value: unknown) => {
    newest.current = { ...newest.current, [id]: value }
    setParams(newest.current)
  }
  return (
    <form
      class="event"
      data-event={event.id}
      noValidate
      onSubmit={(submit) => {
        submit.preventDefault()
        void store.act('event', { eventId: event.id, params: newest.current })
      }}
    >
      <div class="event-head">
        <span class={`event-type ${event.type}`}>{words.eventTypes[event.type] ?? event.type}</span>
        <span class="event-name">{event.name}</span>
        <code>{event.id}</code>
        <button type="submit" class="small" disabled={!store.api.canControl}>
          {words.post}
        </button>
      </div>
      {event.params.map((param) => (
        <FieldRow
          key={param.id}
          field={param}
          value={params[param.id]}
          onChange={(value) => change(param.id, value)}
        />
      ))}
    </form>
  )
}

export function EventsCard() {
  const words = useWords()
  const { events } = useStore().model.value
  return (
    <Card name="events" title={words.events} badge={<span class="badge">{events.length}</span>}>
      {events.map((event) => (
        <EventForm key={event.id} event={event} />
      ))}
      {events.length === 0 && <p class="empty">{words.noEvents}</p>}
    </Card>
  )
}

interface ActionCall {
  input: unknown
  output: unknown
  failed: boolean
}

function callsOf(entries: readonly Entry[], actionId: string): ActionCall[] {
  const found: ActionCall[] = []
  for (const entry of entries) {
    if (entry.kind !== 'sdk') continue
    const data = fields(entry.data)
    if (data['member'] !== 'callDeviceAction') continue
    const args = Array.isArray(data['args']) ? data['args'] : []
    if (args[1] !== actionId) continue
    const result = fields(data['result'])
    found.push({
      input: args[0],
      output: data['error'] ?? result['OutputParams'] ?? data['result'],
      failed: Boolean(data['error']),
    })
  }
  return found
}

const LOG_MS = 300

/** Look through the log for calls of an action, a few times a second at most. */
function useActionCalls(actionId: string): ActionCall[] {
  const { log } = useStore()
  const [calls, setCalls] = useState<ActionCall[]>([])
  useEffect(() => {
    const read = throttle((entries: readonly Entry[]) => setCalls(callsOf(entries, actionId)), LOG_MS)
    const stop = effect(() => read(log.view.value.entries))
    return () => {
      stop()
      read.cancel()
    }
  }, [log, actionId])
  return calls
}

function ActionRow({ action }: { action: ModelAction }) {
  const words = useWords()
  const calls = useActionCalls(action.id)
  const last = calls[calls.length - 1]
  return (
    <div class="action" data-action={action.id}>
      <div class="event-head">
        <span class="event-name">{action.name}</span>
        <code>{action.id}</code>
        <span class="muted">{last ? `${calls.length} ${words.calls}` : words.neverCalled}</span>
      </div>
      {last && (
        <dl class="io">
          <dt>{words.input}</dt>
          <dd>{brief(last.input)}</dd>
          <dt>{words.output}</dt>
          <dd class={last.failed ? 'failed' : ''}>{brief(last.output)}</dd>
        </dl>
      )}
    </div>
  )
}

export function ActionsCard() {
  const words = useWords()
  const { actions } = useStore().model.value
  return (
    <Card name="actions" title={words.actions} badge={<span class="badge">{actions.length}</span>}>
      {actions.map((action) => (
        <ActionRow key={action.id} action={action} />
      ))}
      {actions.length === 0 && <p class="empty">{words.noActions}</p>}
    </Card>
  )
}
