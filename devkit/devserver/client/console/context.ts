/** The store and the words, for every component of the page. */

import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Store } from './store'
import { WORDS, type Words } from './strings'

export const StoreContext = createContext<Store | null>(null)

export function useStore(): Store {
  const store = useContext(StoreContext)
  if (!store) throw new Error('The console draws outside of StoreContext.')
  return store
}

export function useWords(): Words {
  return WORDS[useStore().lang.value]
}
