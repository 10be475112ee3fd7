// Swap the panel's style sheet without a reload and without an unstyled frame.

/** Put css in the place of the panel's present style sheet. */
export function swapStyle(css: string): void {
  const old = document.querySelector<HTMLElement>('link[data-devkit="css"], style[data-devkit="css"]')
  if (old instanceof HTMLStyleElement) {
    old.textContent = css
    return
  }
  const fresh = document.createElement('style')
  fresh.dataset.devkit = 'css'
  fresh.textContent = css
  if (old) old.replaceWith(fresh)
  else document.head.append(fresh)
}
