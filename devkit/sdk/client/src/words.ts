/** What devkit says to the author of a panel, in the language of the page. */

/** Return the text of the page's language. */
export function words(en: string, zh: string): string {
  const { __DEVKIT__: boot } = window as { __DEVKIT__?: { lang?: string } }
  return boot?.lang === 'zh' ? zh : en
}
