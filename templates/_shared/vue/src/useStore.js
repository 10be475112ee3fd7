import { onUnmounted, shallowRef } from 'vue';

/** Follow the state of a store, such as the device, while the component is on the page. */
export function useStore/*::<T>*/(store /*: { getState(): T; subscribe(listener: () => void): () => void } */) {
  const state = shallowRef(store.getState());
  onUnmounted(
    store.subscribe(() => {
      state.value = store.getState();
    }),
  );
  return state;
}
