/*:: import type { zh } from './zh'; */

/** The panel's words in English. */
export const en /*: typeof zh */ = {
[% include "_shared/words/en.js" %]
};
