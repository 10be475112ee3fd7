import { onUnmounted, shallowRef } from 'vue';
/*:: import type { Device } from './device'; */

/** Follow the device while the component is on the page. */
export function useDevice(device /*: Device */) {
  const state = shallowRef(device.getState());
  onUnmounted(
    device.subscribe(() => {
      state.value = device.getState();
    }),
  );
  return state;
}
