const chinese = {
[% include "_shared/words/zh.js" %]
};

const english /*: typeof chinese */ = {
[% include "_shared/words/en.js" %]
};

/** The panel's own words, in the language of the phone. Names of properties come from the thing model. */
export const texts = /^zh/i.test(navigator.language) ? chinese : english;
