/*:: import type { FieldWords } from '../texts'; */

/**
 * The thing model's words in other languages: of each property its name, its choices by value, and the fields of
 * a struct. What is missing here is shown as the thing model has it.
 */
export const words /*: Record<string, Record<string, FieldWords>> */ = {
[% if words %]
  // Copied from the thing model: put it into English.
  en: {
[% for item in words %]
    [[ item.id | js ]]: {
      name: [[ item.name | js ]],
[% if item.choices %]
      choices: {
[% for value, label in item.choices.items() %]
        [[ value | js ]]: [[ label | js ]],
[% endfor %]
      },
[% endif %]
    },
[% endfor %]
  },
[% elif gateway %]
  en: {
    power_switch: { name: 'Status light', choices: { 0: 'Off', 1: 'On' } },
    volume: { name: 'Volume' },
    radio: { name: 'Radio', choices: { 0: 'Idle', 1: 'Pairing' } },
  },
[% else %]
  en: {
    power_switch: { name: 'Power', choices: { 0: 'Off', 1: 'On' } },
    night_light: { name: 'Night light', choices: { 0: 'Off', 1: 'On' } },
    child_lock: { name: 'Child lock', choices: { 0: 'Unlocked', 1: 'Locked' } },
    brightness: { name: 'Brightness' },
    color_temp: { name: 'Colour temperature' },
    fade_time: { name: 'Fade time' },
    scene: { name: 'Scene', choices: { work: 'Work', read: 'Read', rest: 'Rest', sleep: 'Sleep' } },
    start_mode: { name: 'After a power cut', choices: { 0: 'Stay off', 1: 'Switch on', 2: 'As before' } },
    label: { name: 'Note' },
    temperature: { name: 'Lamp temperature' },
    energy: { name: 'Energy used' },
    last_fault: { name: 'Last fault' },
    network: { name: 'Network', fields: { ssid: { name: 'Wi-Fi' }, rssi: { name: 'Signal' } } },
    schedule: { name: 'Schedule' },
  },
[% endif %]
};
