import { en } from './languages/en';
import { words } from './languages/words';
import { zh } from './languages/zh';
/*:: import type { Field } from './properties'; */

/*::
export interface FieldWords {
  name?: string;
  choices?: Record<string, string>;
  fields?: Record<string, FieldWords>;
}
*/
// Another language is a file beside these two, and a line in each of the next two tables.
const ALL /*: Record<string, typeof zh> */ = { zh, en };
export const languages = [
  { code: 'zh', name: '中文' },
  { code: 'en', name: 'English' },
];
const KEY = 'panel-language';
let follower /*: (code: string) => void */ = () => {};
let chosen = remembered();
let spoken = speak();

/** The panel's own words, in the language that is chosen: read them where they are drawn. */
export let texts /*: typeof zh */ = ALL[spoken];

/** What the user has chosen; "" for the language of the phone. */
export const chosenLanguage = () => chosen;

/** Change the language and draw the page anew; "" is the language of the phone. */
export function chooseLanguage(code /*: string */) {
  chosen = code;
  spoken = speak();
  texts = ALL[spoken];
  try {
    localStorage.setItem(KEY, code);
  } catch (error) {
    // Without storage the choice holds until the page is closed.
  }
  follower(spoken);
}

/** Have the page drawn, now and whenever the language changes. */
export function followLanguage(draw /*: (code: string) => void */) {
  follower = draw;
  draw(spoken);
}

/** Put the names of a property and of its choices into the chosen language, where src/languages/words has them. */
export function translate(field /*: Field */, known /*: FieldWords | undefined */ = (words[spoken] || {})[field.id]) /*: Field */ {
  if (!known) return field;
  const { name = field.name, choices = {}, fields = {} } = known;
  return {
    ...field,
    name,
    choices: field.choices.map((choice) => ({ ...choice, label: choices[String(choice.value)] || choice.label })),
    fields: field.fields.map((member) => translate(member, fields[member.id] || {})),
  };
}

function remembered() {
  try {
    const code = localStorage.getItem(KEY) || '';
    return ALL[code] ? code : '';
  } catch (error) {
    return '';
  }
}

function speak() {
  return chosen || Object.keys(ALL).find((code) => navigator.language.toLowerCase().startsWith(code)) || 'en';
}
