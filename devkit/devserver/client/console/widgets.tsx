/** Small parts that several cards use. */

import { throttle } from 'es-toolkit/function'
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks'
import { storedSignal } from './stored'

interface CardProps {
  title: string
  badge?: ComponentChildren
  children: ComponentChildren
  name: string
}

/** A titled part of the page that can be folded; it remembers whether it was. */
export function Card({ title, badge, children, name }: CardProps) {
  const fold = useMemo(() => storedSignal(`card.${name}`, 'open', ['open', 'closed']), [name])
  const open = fold.value === 'open'
  return (
    <details class="card" open={open} data-card={name}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a summary is worked by keyboard as it is */}
      <summary
        onClick={(event) => {
          event.preventDefault() // the element's own toggle event comes later, perhaps after the page has gone
          fold.value = open ? 'closed' : 'open'
        }}
      >
        <h2>{title}</h2>
        {badge}
      </summary>
      <div class="card-body">{children}</div>
    </details>
  )
}

interface SwitchProps {
  on: boolean
  label: string
  text?: string
  disabled?: boolean
  onChange(on: boolean): void
}

/** An on-off switch. */
export function Switch({ on, label, text, disabled, onChange }: SwitchProps) {
  return (
    <button
      type="button"
      class="switch"
      role="switch"
      aria-checked={on}
      aria-label={label}
      disabled={disabled}
      onClick={() => onChange(!on)}
    >
      <span class="knob" aria-hidden="true" />
      {text && <span class="switch-text">{text}</span>}
    </button>
  )
}

interface SegmentsProps<T extends string | number> {
  label: string
  value: T
  options: readonly { value: T; label: string }[]
  disabled?: boolean
  onChange(value: T): void
}

/** A row of choices, of which one is chosen; arrow keys move as in any radio group. */
export function Segments<T extends string | number>({
  label,
  value,
  options,
  disabled,
  onChange,
}: SegmentsProps<T>) {
  const name = useId()
  return (
    <div class="segments" role="radiogroup" aria-label={label}>
      {options.map((option) => (
        <label key={option.value} class={option.value === value ? 'chosen' : ''}>
          <input
            type="radio"
            name={name}
            checked={option.value === value}
            disabled={disabled}
            onChange={() => onChange(option.value)}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </div>
  )
}

/** Return a function that runs the newest of many calls, ms apart at least. */
export function useThrottle<A extends unknown[]>(
  run: (...args: A) => void,
  ms: number,
): (...args: A) => void {
  const newest = useRef(run)
  newest.current = run
  const throttled = useMemo(() => throttle((...args: A) => newest.current(...args), ms), [ms])
  useEffect(() => () => throttled.cancel(), [throttled])
  return throttled
}

/** Return a value that the user is editing, and its setter; outside changes win while nobody edits. */
export function useDraft<T>(value: T, editing: boolean): [T, (draft: T) => void] {
  const [draft, setDraft] = useState(value)
  useEffect(() => {
    if (!editing) setDraft(value)
  }, [value, editing])
  return [editing ? draft : value, setDraft]
}
