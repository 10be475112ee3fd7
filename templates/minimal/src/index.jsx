/** @jsx h */
// The whole panel in one file without imports, so that neither Node nor npm is needed to build it.
// JSX makes plain DOM elements through the function h below. The styles are in index.css.
const sdk = window.h5PanelSdk;

[[ inline("_shared/dom/src/dom.js") ]]

[[ inline("_shared/logic/src/texts.js") ]]

[[ inline("_shared/logic/src/properties.js") ]]

[[ inline("_shared/logic/src/device.js") ]]

[[ inline("_shared/dom/src/cards.jsx") ]]

[[ inline("_shared/dom/src/app.jsx") ]]

[[ inline("_shared/dom/src/index.jsx") ]]
