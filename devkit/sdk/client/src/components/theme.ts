/** Colours and shared rules of all components; themeColorMap of the real SDK is the source of the colours. */

const dark = `
  --bg: #1b1d21; --page: #111214; --text: #e8eaed; --weak: #a3a9b3; --line: #33363c; --mask: rgba(0, 0, 0, .7);
  --danger: #ff7a70; --success: #3ddb9a; --link: #6ba4ff; --shadow: 0 8px 28px rgba(0, 0, 0, .6);
`

export const baseCss = `
:host { all: initial !important; display: block !important;
  --bg: #fff; --page: #f2f3f5; --text: #15161a; --weak: #6c7078; --line: #e7e8eb; --mask: rgba(0, 0, 0, .55);
  --danger: #d9352a; --success: #0c8a57; --link: var(--theme, #06f); --shadow: 0 8px 28px rgba(20, 30, 60, .18);
  color: var(--text) !important;
  font: 400 16px/1.5 -apple-system, "PingFang SC", "Helvetica Neue", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif !important;
  -webkit-text-size-adjust: 100% !important; -webkit-tap-highlight-color: transparent !important; }
@media (prefers-color-scheme: dark) { :host(:not([data-scheme=light])) { ${dark} } }
:host([data-scheme=dark]) { ${dark} }
:host(.hide) { display: none !important; }
*, ::before, ::after { box-sizing: border-box; }
button { appearance: none; border: 0; background: none; margin: 0; padding: 0; font: inherit; color: inherit;
  text-align: inherit; cursor: pointer; }
button:focus-visible { outline: 2px solid var(--link); outline-offset: -5px; border-radius: 10px; }
h2, p, dl, dd, ol { margin: 0; padding: 0; }
@media (prefers-reduced-motion: reduce) { *, ::before, ::after { transition-duration: 0s !important; animation-duration: 0s !important; } }
`

/** Stacking order, above anything that a panel has. */
export const LAYERS = {
  detail: 2147483000,
  preview: 2147483100,
  navigation: 2147483200,
  offline: 2147483300,
  modal: 2147483400,
  tips: 2147483500,
  vibration: 2147483600,
}

/** Rules of a centred dialog card with a row of buttons below, as WeChat shows it. */
export const dialogCss = `
.mask { position: fixed; top: 0; right: 0; bottom: 0; left: 0; background: var(--mask); animation: fade .15s; }
.dialog { position: fixed; left: 50%; top: 50%; transform: translate(-50%, -50%); width: min(320px, calc(100vw - 48px));
  max-height: calc(100vh - 64px); display: flex; flex-direction: column; background: var(--bg); border-radius: 12px;
  overflow: hidden; box-shadow: var(--shadow); animation: pop .18s ease-out; }
.head { padding: 28px 24px 0; text-align: center; }
.title { font-size: 17px; font-weight: 600; line-height: 1.4; overflow-wrap: anywhere; }
.body { padding: 12px 24px 28px; color: var(--weak); text-align: center; white-space: pre-line; overflow: auto;
  overflow-wrap: anywhere; }
.foot { display: flex; flex: none; border-top: 1px solid var(--line); }
.foot button { flex: 1; min-width: 0; min-height: 56px; padding: 8px; text-align: center; font-size: 17px;
  font-weight: 600; overflow-wrap: anywhere; color: var(--weak); }
.foot button + button { border-left: 1px solid var(--line); }
.foot .J-confirm-btn { color: var(--link); }
.foot button:active { background: var(--page); }
@keyframes fade { from { opacity: 0; } }
@keyframes pop { from { opacity: 0; transform: translate(-50%, -46%) scale(.96); } }
`
