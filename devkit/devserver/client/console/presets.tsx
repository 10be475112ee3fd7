/** States of the device under names of the user's: kept by the browser for each product. */

import { signal } from '@preact/signals'
import { useMemo, useState } from 'preact/hooks'
import { useStore, useWords } from './context'
import { fields } from './entries'

interface State {
  online: boolean
  properties: Record<string, unknown>
}

const MAX_NAME = 40

function keyOf(product: string): string {
  return `devkit.console.states.${product}`
}

function read(product: string): Record<string, State> {
  try {
    return fields(JSON.parse(localStorage.getItem(keyOf(product)) ?? '{}')) as Record<string, State>
  } catch {
    return {} // storage is off, or holds something else
  }
}

/** One row: choose or type a name, then apply, save or forget the state. */
export function StatePresets() {
  const store = useStore()
  const words = useWords()
  const product = store.deviceId.value.split('/')[0] ?? ''
  const states = useMemo(() => signal(read(product)), [product])
  const [name, setName] = useState('')
  const device = store.devices.value[store.deviceId.value]
  const chosen = name.trim()
  const kept = Object.entries(states.value).find(([item]) => item === chosen)?.[1]
  const keep = (next: Record<string, State>) => {
    states.value = next
    try {
      localStorage.setItem(keyOf(product), JSON.stringify(next))
    } catch (error) {
      store.say(String(error))
    }
  }
  const apply = async (state: State) => {
    const done = await store.act('report', fields(state.properties))
    if (done && device?.online !== state.online) await store.act('status', { online: state.online })
  }
  const save = () => {
    if (chosen && device)
      keep({ ...states.value, [chosen]: { online: device.online, properties: device.properties } })
  }
  const forget = () => {
    const { [chosen]: _, ...others } = states.value
    keep(others)
    setName('')
  }
  return (
    <form
      class="states"
      onSubmit={(event) => {
        event.preventDefault()
        if (kept) void apply(kept)
        else save()
      }}
    >
      <input
        list="states"
        placeholder={words.stateName}
        aria-label={words.stateName}
        maxLength={MAX_NAME}
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <datalist id="states">
        {Object.keys(states.value).map((item) => (
          <option key={item} value={item} />
        ))}
      </datalist>
      {kept && (
        <button type="submit" class="small" disabled={!store.api.canControl}>
          {words.applyState}
        </button>
      )}
      <button type="button" class="small" disabled={!chosen || !device} onClick={save}>
        {words.saveState}
      </button>
      {kept && (
        <button type="button" class="icon" aria-label={`${words.remove} ${chosen}`} onClick={forget}>
          ×
        </button>
      )}
    </form>
  )
}
