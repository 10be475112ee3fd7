// React's own runtime for new versions of components. It has to be in the page before any React is.

import * as runtime from 'react-refresh/runtime'

runtime.injectIntoGlobalHook(window)
Object.assign(window, { __devkit_refresh: runtime })
