/** The panel's words in Chinese; the other languages have the same. */
export const zh = {
[% include "_shared/words/zh.js" %]
};
