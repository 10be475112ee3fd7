/** The host page is at /h5panel, and below that while the panel is developed: routes begin after it. */
export function basename(path /*: string */) {
  const match = /^(\/scf)?\/h5panel(\/developing)?(\/live)?(?=\/|$)/.exec(path);
  return match ? match[0] : '/';
}
