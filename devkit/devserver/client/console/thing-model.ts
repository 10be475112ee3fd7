/**
 * Read a thing model as the inspector needs it; anything may be missing or odd. Source:
 * docs/reference/app-api.yaml thing_model.
 */

export type Json = unknown
type Table = Record<string, Json>

export type Control =
  | { kind: 'switch'; on: string; off: string }
  | {
      kind: 'number'
      whole: boolean
      min: number | null
      max: number | null
      step: number | null
      unit: string
    }
  | { kind: 'choice'; options: { value: string | number; label: string }[] }
  | { kind: 'text'; max: number | null }
  | { kind: 'time' }
  | { kind: 'struct'; fields: Field[] }
  | { kind: 'json' }

export interface Field {
  id: string
  name: string
  desc: string
  control: Control
}

export interface Property extends Field {
  writable: boolean
}

export interface ModelEvent {
  id: string
  name: string
  type: string
  params: Field[]
}

export interface ModelAction {
  id: string
  name: string
  input: Field[]
  output: Field[]
}

export interface ThingModel {
  properties: Property[]
  events: ModelEvent[]
  actions: ModelAction[]
}

const EMPTY_MODEL: ThingModel = { properties: [], events: [], actions: [] }

function table(value: Json): Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Table) : {}
}

function list(value: Json): Table[] {
  return Array.isArray(value) ? value.map(table).filter((item) => typeof item['id'] === 'string') : []
}

function text(value: Json): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}

function number(value: Json): number | null {
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof read === 'number' && Number.isFinite(read) ? read : null
}

function readControl(define: Table): Control {
  const mapping = table(define['mapping'])
  switch (define['type']) {
    case 'bool':
      return { kind: 'switch', on: text(mapping['1']), off: text(mapping['0']) }
    case 'int':
    case 'float':
      return {
        kind: 'number',
        whole: define['type'] === 'int',
        min: number(define['min']),
        max: number(define['max']),
        step: number(define['step']),
        unit: text(define['unit']),
      }
    case 'enum':
      return {
        kind: 'choice',
        options: Object.entries(mapping).map(([key, label]) => ({ value: Number(key), label: text(label) })),
      }
    case 'stringenum':
      return {
        kind: 'choice',
        options: Object.entries(mapping).map(([key, label]) => ({ value: key, label: text(label) })),
      }
    case 'string':
      return { kind: 'text', max: number(define['max']) }
    case 'timestamp':
      return { kind: 'time' }
    case 'struct':
      return {
        kind: 'struct',
        fields: list(define['specs']).map((spec) =>
          readField(spec, table(spec['dataType'] ?? spec['define'])),
        ),
      }
    default:
      return { kind: 'json' }
  }
}

function readField(item: Table, define: Table = table(item['define'])): Field {
  const id = text(item['id'])
  return { id, name: text(item['name']) || id, desc: text(item['desc']), control: readControl(define) }
}

/** Return the parts of a data template, given as an object or as the platform's text. */
export function readModel(raw: Json): ThingModel {
  let source = raw
  if (typeof raw === 'string') {
    try {
      source = JSON.parse(raw)
    } catch {
      return EMPTY_MODEL
    }
  }
  const model = table(source)
  return {
    properties: list(model['properties']).map((item) => ({
      ...readField(item),
      writable: text(item['mode'] ?? 'rw').includes('w'),
    })),
    events: list(model['events']).map((item) => ({
      id: text(item['id']),
      name: text(item['name']) || text(item['id']),
      type: text(item['type']) || 'info',
      params: list(item['params']).map((param) => readField(param)),
    })),
    actions: list(model['actions']).map((item) => ({
      id: text(item['id']),
      name: text(item['name']) || text(item['id']),
      input: list(item['input']).map((param) => readField(param)),
      output: list(item['output']).map((param) => readField(param)),
    })),
  }
}

/** Return a value to begin with in a form. */
export function startValue(control: Control): Json {
  switch (control.kind) {
    case 'switch':
    case 'time':
      return 0
    case 'number':
      return control.min ?? 0
    case 'choice':
      return control.options[0]?.value ?? ''
    case 'text':
      return ''
    case 'struct':
      return Object.fromEntries(control.fields.map((field) => [field.id, startValue(field.control)]))
    case 'json':
      return []
  }
}
