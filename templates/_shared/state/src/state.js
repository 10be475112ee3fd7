/** Keep a state that others follow: update() merges changes into it and tells every subscriber. */
export function createState/*::<T extends object>*/(initial /*: T */) {
  const subscribers = new Set/*::<() => void>*/();
  let state = initial;

  return {
    get: () => state,
    update(changes /*: Partial<T> */) {
      state = { ...state, ...changes };
      subscribers.forEach((subscriber) => subscriber());
    },
    subscribe(subscriber /*: () => void */) {
      subscribers.add(subscriber);
      return () => {
        subscribers.delete(subscriber);
      };
    },
    clear: () => subscribers.clear(),
  };
}
