/** What surrounds the device: faults of the cloud, and the mini program. */

import { useState } from 'preact/hooks'
import { useStore, useWords } from './context'
import type { Fault, LinkFault } from './store'
import { Card, useDraft, useThrottle } from './widgets'

const DRAG_MS = 120
const MAX_LATENCY = 5000
const ACTIONS = [
  'AppControlDeviceData',
  'AppGetDeviceData',
  'AppCallDeviceActionSync',
  'AppGetDevice',
  'AppGetDeviceDataHistory',
  'AppGetTimerList',
  'AppCreateTimer',
  'AppCheckFirmwareUpdate',
  'AppDeleteDeviceInFamily',
  'AppGetUser',
]

interface SliderProps {
  label: string
  value: number
  max: number
  step: number
  show(value: number): string
  onChange(value: number): void
}

function Slider({ label, value, max, step, show, onChange }: SliderProps) {
  const { api } = useStore()
  const [editing, setEditing] = useState(false)
  const [draft, setDraft] = useDraft(value, editing)
  const send = useThrottle(onChange, DRAG_MS)
  return (
    <label class="slider">
      <span>{label}</span>
      <input
        type="range"
        min={0}
        max={max}
        step={step}
        value={draft}
        disabled={!api.canControl}
        aria-valuetext={show(draft)}
        onInput={(event) => {
          setEditing(true)
          setDraft(Number(event.currentTarget.value))
          send(Number(event.currentTarget.value))
        }}
        onChange={() => setEditing(false)}
      />
      <output>{show(draft)}</output>
    </label>
  )
}

function isFaulty(fault: Fault): boolean {
  return fault.latency_ms > 0 || fault.drop > 0 || Object.keys(fault.errors).length > 0
}

function FailingActions({ fault }: { fault: Fault }) {
  const store = useStore()
  const words = useWords()
  const [action, setAction] = useState('')
  const [code, setCode] = useState('InternalError')
  const errors = Object.entries(fault.errors)
  return (
    <>
      <h3>{words.errorsByAction}</h3>
      {errors.map(([name, error]) => (
        <div class="failing" key={name}>
          <code>{name}</code>
          <span>{String(error.code)}</span>
          <button
            type="button"
            class="icon"
            aria-label={`${words.remove} ${name}`}
            onClick={() => void store.act('fault', { errors: { [name]: null } })}
          >
            ×
          </button>
        </div>
      ))}
      <form
        class="failing-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (!action.trim()) return
          void store
            .act('fault', { errors: { [action.trim()]: { code, msg: '' } } })
            .then((done) => done && setAction(''))
        }}
      >
        <input
          list="known-actions"
          placeholder={words.action}
          aria-label={words.action}
          value={action}
          onInput={(event) => setAction(event.currentTarget.value)}
        />
        <input
          placeholder={words.code}
          aria-label={words.code}
          value={code}
          onInput={(event) => setCode(event.currentTarget.value)}
        />
        <button type="submit" class="small" disabled={!store.api.canControl}>
          {words.add}
        </button>
        <datalist id="known-actions">
          <option value="*">{words.allActions}</option>
          {ACTIONS.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </form>
    </>
  )
}

/** What goes wrong with the messages of firmware that is the device. */
function MqttFaults({ link }: { link: LinkFault }) {
  const store = useStore()
  const words = useWords()
  const set = (fault: LinkFault & { cut?: boolean; takeover?: boolean }) =>
    void store.act('mqtt_fault', fault)
  const share = (name: 'loss' | 'duplicate', label: string) => (
    <Slider
      label={label}
      value={Math.round((link[name] ?? 0) * 100)}
      max={100}
      step={1}
      show={(value) => `${value} %`}
      onChange={(value) => set({ [name]: value / 100 })}
    />
  )
  return (
    <>
      <h3>{words.mqttFaults}</h3>
      <Slider
        label={words.latency}
        value={link.delay_ms ?? 0}
        max={Math.max(MAX_LATENCY, link.delay_ms ?? 0)}
        step={50}
        show={(value) => `${value} ms`}
        onChange={(value) => set({ delay_ms: value })}
      />
      {share('loss', words.loss)}
      {share('duplicate', words.duplicates)}
      <div class="buttons">
        <button
          type="button"
          class="small"
          disabled={!store.api.canControl}
          onClick={() => set({ cut: true })}
        >
          {words.cutOff}
        </button>
        <button
          type="button"
          class="small"
          disabled={!store.api.canControl}
          onClick={() => set({ takeover: true })}
        >
          {words.takeOver}
        </button>
        <button
          type="button"
          class="small"
          aria-pressed={Boolean(link.refuse)}
          disabled={!store.api.canControl}
          onClick={() => set({ refuse: !link.refuse })}
        >
          {link.refuse ? words.letConnect : words.refuse}
        </button>
        {Object.keys(link).length > 0 && (
          <button type="button" class="small" onClick={() => set({})}>
            {words.clearMqttFaults}
          </button>
        )}
      </div>
    </>
  )
}

/** Latency, loss, and errors by action; those of MQTT while firmware is the device. */
export function FaultsCard() {
  const store = useStore()
  const words = useWords()
  const fault = store.fault.value
  const device = store.devices.value[store.deviceId.value]
  const faulty = isFaulty(fault)
  return (
    <Card
      name="faults"
      title={words.faults}
      badge={
        (faulty || Object.keys(device?.link ?? {}).length > 0) && (
          <span class="badge warn">{words.faultsOn}</span>
        )
      }
    >
      <Slider
        label={words.latency}
        value={fault.latency_ms}
        max={Math.max(MAX_LATENCY, fault.latency_ms)}
        step={50}
        show={(value) => `${value} ms`}
        onChange={(value) => void store.act('fault', { latency_ms: value })}
      />
      <Slider
        label={words.loss}
        value={Math.round(fault.drop * 100)}
        max={100}
        step={1}
        show={(value) => `${value} %`}
        onChange={(value) => void store.act('fault', { drop: value / 100 })}
      />
      <FailingActions fault={fault} />
      {device && (device.real || Object.keys(device.link).length > 0) && <MqttFaults link={device.link} />}
      {faulty && (
        <button type="button" class="wide-button" onClick={() => void store.act('fault', {})}>
          {words.clearFaults}
        </button>
      )}
    </Card>
  )
}

const PAGE_EVENTS = ['pageShow', 'pageHide', 'appShow', 'appHide'] as const

/** Pages above the panel, the share card, vibrations, and the events of page and app. */
export function MiniProgramCard() {
  const store = useStore()
  const words = useWords()
  const state = store.pages.value
  const send = (event: string) => void store.post('/mini-program', { event })
  return (
    <Card
      name="mini-program"
      title={words.miniProgram}
      badge={state.pages.length > 0 && <span class="badge">{state.pages.length}</span>}
    >
      {state.pages.length === 0 && <p class="empty">{state.closed ? words.panelClosed : words.pageOpen}</p>}
      {[...state.pages].reverse().map((page) => (
        <div class="page" key={page.seq}>
          <span class="page-api">{page.api}</span>
          <code>{page.path}</code>
          {page.params.map(([name, value]) => (
            <span class="param" key={name}>
              <b>{name}</b> {value}
            </span>
          ))}
        </div>
      ))}
      {(state.pages.length > 0 || state.closed) && (
        <button
          type="button"
          class="wide-button primary"
          disabled={!store.api.canControl}
          onClick={() => send('pageShow')}
        >
          {words.back}
        </button>
      )}
      <div class="buttons">
        {PAGE_EVENTS.map((event) => (
          <button
            type="button"
            class="small"
            key={event}
            disabled={!store.api.canControl}
            onClick={() => send(event)}
          >
            {event}
          </button>
        ))}
      </div>
      {(state.share || state.vibrations > 0) && (
        <dl class="pairs">
          {state.share && <dt>{words.sharedAs}</dt>}
          {state.share && <dd>{state.share.title}</dd>}
          {state.vibrations > 0 && <dt>{words.vibrations}</dt>}
          {state.vibrations > 0 && (
            <dd>
              {state.vibrations} · {state.lastVibration}
            </dd>
          )}
        </dl>
      )}
    </Card>
  )
}
