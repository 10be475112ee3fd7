import { useEffect, useState } from 'react';

/** Follow the state of a store, such as the device, while the component is on the page. */
export function useStore/*::<T>*/(store /*: { getState(): T; subscribe(listener: () => void): () => void } */) {
  const [state, setState] = useState(store.getState());

  useEffect(() => {
    const update = () => setState(store.getState());
    update();
    return store.subscribe(update);
  }, [store]);

  return state;
}
