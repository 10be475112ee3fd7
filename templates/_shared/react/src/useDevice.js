import { useEffect, useState } from 'react';
/*:: import type { Device } from './device'; */

/** Follow the device while the component is on the page. */
export function useDevice(device /*: Device */) {
  const [state, setState] = useState(device.getState());

  useEffect(() => {
    const update = () => setState(device.getState());
    update();
    return device.subscribe(update);
  }, [device]);

  return state;
}
