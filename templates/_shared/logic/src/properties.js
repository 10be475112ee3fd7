import { texts[% if "i18n" in features %], translate[% endif %] } from './texts';

/*::
export type Value = any;
export type Kind = 'switch' | 'choice' | 'number' | 'text' | 'time' | 'struct' | 'array';
export interface Choice {
  value: string | number;
  label: string;
}
export interface Field {
  id: string;
  name: string;
  kind: Kind;
  unit: string;
  min: number;
  max: number;
  step: number;
  choices: Choice[];
  fields: Field[];
  item: Field | null;
}
export interface Property extends Field {
  writable: boolean;
}
export interface Groups {
  power: Property | undefined;
  readings: Property[];
  switches: Property[];
  controls: Property[];
  details: Property[];
}
*/
const KINDS /*: Record<string, Kind> */ = {
  bool: 'switch',
  enum: 'choice',
  stringenum: 'choice',
  int: 'number',
  float: 'number',
  timestamp: 'time',
  struct: 'struct',
  array: 'array',
};

/** The thing model gives numbers as text, and not always. */
function number(text /*: unknown */, fallback /*: number */) {
  const value = parseFloat(String(text));
  return Number.isFinite(value) ? value : fallback;
}

function readField(id /*: string */, name /*: string */, define /*: H5Panel.ValueDefinition */) /*: Field */ {
  const kind = KINDS[define.type] || 'text';
  const step = Math.abs(number(define.step, 1));
  const min = number(define.min, 0);
  return {
    id,
    name: name || id,
    kind,
    unit: define.unit || '',
    min,
    max: Math.max(min, number(define.max, kind === 'text' ? 2048 : 100)),
    step: step || 1,
    choices: Object.entries(define.mapping || {}).map(([key, label]) => ({
      // A stringenum is sent as text, the others as numbers.
      value: define.type === 'stringenum' ? key : Number(key),
      label,
    })),
    fields: (define.specs || []).map((member) => readField(member.id, member.name, member.dataType)),
    item: define.arrayInfo ? readField('', '', define.arrayInfo) : null,
  };
}

/** List the properties of the product. An id that comes twice counts once. */
export function readProperties(dataTemplate /*: H5Panel.DataTemplate */) /*: Property[] */ {
  const seen = new Set();
  return (dataTemplate.properties || [])
    .filter(({ id, define }) => define && !seen.has(id) && seen.add(id))
[% if "i18n" in features %]
    .map(({ id, name, mode, define }) => ({ ...translate(readField(id, name, define)), writable: mode !== 'r' }));
[% else %]
    .map(({ id, name, mode, define }) => ({ ...readField(id, name, define), writable: mode !== 'r' }));
[% endif %]
}

/** The switch for the whole device, such as power_switch, has a card of its own. */
function findPower(properties /*: Property[] */) {
  const switches = properties.filter(({ kind, writable }) => kind === 'switch' && writable);
  return (
    switches.find(({ id }) => /power/i.test(id)) || switches.find(({ id }) => /(^|_|[a-z])(switch|on_?off)$/i.test(id))
  );
}

/** Sort the properties into the parts of the page. */
export function groupProperties(properties /*: Property[] */) /*: Groups */ {
  const power = findPower(properties);
  const nested = (property /*: Property */) => property.kind === 'struct' || property.kind === 'array';
  const plain = properties.filter((property) => property !== power && !nested(property));
  return {
    power,
    readings: plain.filter(({ writable }) => !writable),
    switches: plain.filter(({ kind, writable }) => writable && kind === 'switch'),
    controls: plain.filter(({ kind, writable }) => writable && kind !== 'switch'),
    details: properties.filter(nested),
  };
}

/** Bring a number onto the steps of its property, without 0.30000000000000004. */
export function fitNumber({ min, max, step } /*: Field */, value /*: number */) {
  const digits = (String(step).split('.')[1] || '').length;
  const stepped = min + Math.round((value - min) / step) * step;
  return Number(Math.min(max, Math.max(min, stepped)).toFixed(digits));
}

/** Read a timestamp, in seconds or milliseconds, as text of the phone's language. */
function formatTime(value /*: Value */) {
  const time = Number(value);
  if (!time) return texts.none;
  return new Date(time < 1e11 ? time * 1000 : time).toLocaleString();
}

/** Put a value into words, without its unit. */
export function formatValue(field /*: Field */, value /*: Value */) /*: string */ {
  if (value === undefined || value === null || value === '') return texts.none;
  switch (field.kind) {
    case 'switch':
    case 'choice': {
      const choice = field.choices.find((item) => Number(item.value) === Number(value) || item.value === value);
      if (choice) return choice.label;
      return field.kind === 'switch' ? texts[Number(value) ? 'on' : 'off'] : String(value);
    }
    case 'time':
      return formatTime(value);
    case 'array':
      return formatList(field, value) || texts.none;
    default:
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
}

function formatList(field /*: Field */, value /*: Value */) {
  const items /*: Value[] */ = Array.isArray(value) ? value : [value];
  return items.map((item) => formatItem(field.item, item)).join(', ');
}

function formatItem(item /*: Field | null */, value /*: Value */) {
  return item && item.kind !== 'struct' ? formatValue(item, value) + item.unit : JSON.stringify(value);
}

/** List a struct or an array as rows of name and text. Some devices report them as JSON text. */
export function listRows(field /*: Field */, value /*: Value */) /*: { name: string; text: string }[] */ {
  let content = value;
  if (typeof value === 'string') {
    try {
      content = JSON.parse(value);
    } catch (error) {
      return [{ name: '', text: value || texts.none }];
    }
  }
  if (field.kind === 'array') {
    const items /*: Value[] */ = Array.isArray(content) ? content : [];
    const rows = items.map((item, index) => ({ name: String(index + 1), text: formatItem(field.item, item) }));
    return rows.length ? rows : [{ name: '', text: texts.none }];
  }
  const members = content || {};
  return field.fields.map((member) => {
    const text = formatValue(member, members[member.id]);
    return { name: member.name, text: text === texts.none ? text : `${text} ${member.unit}`.trim() };
  });
}

/** Give a text or timestamp as an input element wants it. */
export function toInput(field /*: Field */, value /*: Value */) /*: string */ {
  if (value === undefined || value === null) return '';
  const time = Number(value);
  if (field.kind !== 'time') return typeof value === 'object' ? JSON.stringify(value) : String(value);
  if (!time) return '';
  const date = new Date(time < 1e11 ? time * 1000 : time);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

/** Turn what an input element holds back into a value; timestamps are seconds. */
export function fromInput(field /*: Field */, text /*: string */) /*: Value */ {
  return field.kind === 'time' ? Math.round(new Date(text).getTime() / 1000) || 0 : text;
}
