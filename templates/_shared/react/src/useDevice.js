import { useEffect, useState } from 'react';
/*:: import type { Device } from './device'; */

/** Follow the device while the component is on the page. */
export function useDevice(device /*: Device */) {
  const [state, setState] = useState(device.getState());

  useEffect(() => {
    const unsubscribe = device.subscribe(() => setState(device.getState()));
    const stop = device.start();
    return () => {
      unsubscribe();
      stop();
    };
  }, [device]);

  return state;
}
