/** Keep a state that others follow: update() merges changes into it and tells every subscriber. */
export function createState(initial) {
  const subscribers = new Set();
  let state = initial;

  return {
    get: () => state,
    update(changes) {
      state = { ...state, ...changes };
      subscribers.forEach((subscriber) => subscriber());
    },
    subscribe(subscriber) {
      subscribers.add(subscriber);
      return () => {
        subscribers.delete(subscriber);
      };
    },
    clear: () => subscribers.clear(),
  };
}
