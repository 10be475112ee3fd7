/** A fitting control for each type of the thing model. */

import { useId, useState } from 'preact/hooks'
import { useWords } from './context'
import { fields } from './entries'
import type { Control, Field } from './thing-model'
import { Segments, Switch, useDraft, useThrottle } from './widgets'

const DRAG_MS = 80
const MAX_SEGMENTS = 4
/** Room for a row of choices at the narrowest, and what a choice and its characters take of it, in px. */
const SEGMENTS_PX = 182
const SEGMENT_PX = 18
const LIST_PX = 130
const WIDE_PX = 13
const NARROW_PX = 7
const WIDE = /[\u2e80-\uffef]/

interface ControlProps {
  label: string
  value: unknown
  disabled?: boolean
  onChange(value: unknown): void
}

type Of<K extends Control['kind']> = ControlProps & { control: Extract<Control, { kind: K }> }

function SwitchControl({ control, label, value, disabled, onChange }: Of<'switch'>) {
  const words = useWords()
  const on = Number(value) === 1
  const text = (on ? control.on : control.off) || (on ? words.on : words.off)
  return (
    <Switch
      on={on}
      label={label}
      text={text}
      disabled={disabled ?? false}
      onChange={(next) => onChange(next ? 1 : 0)}
    />
  )
}

function NumberControl({ control, label, value, disabled, onChange }: Of<'number'>) {
  const [editing, setEditing] = useState(false)
  const current = typeof value === 'number' ? value : (control.min ?? 0)
  const [draft, setDraft] = useDraft(String(current), editing)
  const send = useThrottle((next: number) => onChange(next), DRAG_MS)
  const step = control.step ?? (control.whole ? 1 : 'any')
  const ranged = control.min !== null && control.max !== null
  const limits = { min: control.min ?? undefined, max: control.max ?? undefined, step, disabled }
  const commit = (text: string) => {
    setEditing(false)
    if (text.trim() !== '' && Number.isFinite(Number(text)) && Number(text) !== current)
      onChange(Number(text))
  }
  return (
    <div class="number-field">
      {ranged && (
        <input
          type="range"
          aria-label={label}
          value={draft}
          {...limits}
          onInput={(event) => {
            setEditing(true)
            setDraft(event.currentTarget.value)
            send(Number(event.currentTarget.value))
          }}
          onChange={() => setEditing(false)}
        />
      )}
      <input
        type="number"
        aria-label={label}
        value={draft}
        {...limits}
        onInput={(event) => {
          setEditing(true)
          setDraft(event.currentTarget.value)
        }}
        onBlur={(event) => commit(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Enter' && commit(event.currentTarget.value)}
      />
      {control.unit && <span class="unit">{control.unit}</span>}
    </div>
  )
}

function widthOf(text: string): number {
  return [...text].reduce((sum, character) => sum + (WIDE.test(character) ? WIDE_PX : NARROW_PX), SEGMENT_PX)
}

/** Tell whether a choice has a word that a list beside the name would cut. */
function hasLongWord(control: Control): boolean {
  return control.kind === 'choice' && control.options.some((option) => widthOf(option.label) > LIST_PX)
}

function ChoiceControl({ control, label, value, disabled, onChange }: Of<'choice'>) {
  const named = control.options.map((option) => ({
    value: option.value,
    label: option.label || String(option.value),
  }))
  const short =
    named.length <= MAX_SEGMENTS && named.reduce((sum, item) => sum + widthOf(item.label), 0) <= SEGMENTS_PX
  if (short)
    return (
      <Segments
        label={label}
        value={value as string | number}
        options={named}
        disabled={disabled ?? false}
        onChange={onChange}
      />
    )
  const index = named.findIndex((option) => option.value === value)
  return (
    <select
      aria-label={label}
      value={index}
      disabled={disabled}
      onChange={(event) => onChange(named[Number(event.currentTarget.value)]?.value)}
    >
      {index < 0 && <option value={-1}>{String(value ?? '')}</option>}
      {named.map((option, place) => (
        <option key={option.value} value={place}>
          {option.label === String(option.value) ? option.label : `${option.label} (${option.value})`}
        </option>
      ))}
    </select>
  )
}

function TextControl({ control, label, value, disabled, onChange }: Of<'text'>) {
  const [editing, setEditing] = useState(false)
  const current = typeof value === 'string' ? value : ''
  const [draft, setDraft] = useDraft(current, editing)
  const commit = (text: string) => {
    setEditing(false)
    if (text !== current) onChange(text)
  }
  return (
    <input
      type="text"
      aria-label={label}
      value={draft}
      maxLength={control.max ?? undefined}
      disabled={disabled}
      onInput={(event) => {
        setEditing(true)
        setDraft(event.currentTarget.value)
      }}
      onBlur={(event) => commit(event.currentTarget.value)}
      onKeyDown={(event) => event.key === 'Enter' && commit(event.currentTarget.value)}
    />
  )
}

function localTime(seconds: number): string {
  const date = new Date(seconds * 1000 - new Date(seconds * 1000).getTimezoneOffset() * 60_000)
  return Number.isFinite(date.getTime()) ? date.toISOString().slice(0, 19) : ''
}

function TimeControl({ label, value, disabled, onChange }: Of<'time'>) {
  const current = typeof value === 'number' ? value : 0
  return (
    <span class={current > 0 ? 'moment' : 'moment unset'}>
      <input
        type="datetime-local"
        step={1}
        aria-label={label}
        value={current > 0 ? localTime(current) : ''}
        disabled={disabled}
        onChange={(event) => {
          const seconds = Math.floor(new Date(event.currentTarget.value).getTime() / 1000)
          if (Number.isFinite(seconds) && seconds >= 0) onChange(seconds)
        }}
      />
    </span>
  )
}

function StructControl({ control, label, value, disabled, onChange }: Of<'struct'>) {
  const current = fields(value)
  return (
    <div class="struct" role="group" aria-label={label}>
      {control.fields.map((field) => (
        <div class="struct-field" key={field.id}>
          <span class="struct-name" title={field.id}>
            {field.name}
          </span>
          <ValueControl
            control={field.control}
            label={`${label} ${field.name}`}
            value={current[field.id]}
            disabled={disabled ?? false}
            onChange={(next) => onChange({ ...current, [field.id]: next })}
          />
        </div>
      ))}
    </div>
  )
}

function JsonControl({ label, value, disabled, onChange }: ControlProps) {
  const words = useWords()
  const id = useId()
  const [editing, setEditing] = useState(false)
  const [problem, setProblem] = useState(false)
  const current = JSON.stringify(value ?? [])
  const [draft, setDraft] = useDraft(current, editing)
  const apply = () => {
    try {
      const next: unknown = JSON.parse(draft)
      setProblem(false)
      setEditing(false)
      onChange(next)
    } catch {
      setProblem(true)
    }
  }
  return (
    <div class="json-edit">
      <textarea
        aria-label={label}
        aria-invalid={problem}
        aria-describedby={problem ? id : undefined}
        rows={2}
        spellcheck={false}
        value={draft}
        disabled={disabled}
        onInput={(event) => {
          setEditing(true)
          setDraft(event.currentTarget.value)
        }}
      />
      {problem && (
        <span class="problem" id={id}>
          {words.badJson}
        </span>
      )}
      {editing && (
        <button type="button" class="small" onClick={apply}>
          {words.set}
        </button>
      )}
    </div>
  )
}

/** The control of any type. */
export function ValueControl(props: ControlProps & { control: Control }) {
  const { control } = props
  switch (control.kind) {
    case 'switch':
      return <SwitchControl {...props} control={control} />
    case 'number':
      return <NumberControl {...props} control={control} />
    case 'choice':
      return <ChoiceControl {...props} control={control} />
    case 'text':
      return <TextControl {...props} control={control} />
    case 'time':
      return <TimeControl {...props} control={control} />
    case 'struct':
      return <StructControl {...props} control={control} />
    case 'json':
      return <JsonControl {...props} />
  }
}

/** One line of a form: name, id and control. */
export function FieldRow({
  field,
  value,
  disabled,
  onChange,
  mark,
}: Omit<ControlProps, 'label'> & { field: Field; mark?: string | undefined }) {
  const wide = ['struct', 'json'].includes(field.control.kind) || hasLongWord(field.control)
  return (
    <div class={`field ${wide ? 'wide' : ''}`} data-property={field.id} title={field.desc || undefined}>
      <div class="field-name">
        <span>{field.name}</span>
        <code>
          {field.id}
          {mark && (
            <em role="img" title={mark} aria-label={mark}>
              r
            </em>
          )}
        </code>
      </div>
      <div class="field-control">
        <ValueControl
          control={field.control}
          label={field.name}
          value={value}
          disabled={disabled ?? false}
          onChange={onChange}
        />
      </div>
    </div>
  )
}
