import { bluetoothError, isOff, whenOn } from './bluetooth';
import { createState } from './state';

/**
 * Find devices nearby and add one to the user's home.
 *
 * phase: searching, none, off, failed or added; adding is the id of the device that is being added.
 * protocol: what src/protocol.js exports. Create it after sdkReady().
 */
export function createSearch(sdk, protocol) {
  const bluetooth = sdk.blueToothAdapter;
  const state = createState({ phase: 'searching', devices: [], adding: '', added: '', reason: '' });
  const { update } = state;
  let round = 0;
  let stopWaiting = () => {};

  function fail(error) {
    if (isOff(error)) waitForPower();
    else update({ phase: state.get().devices.length ? 'failed' : 'none', reason: bluetoothError(error) });
  }

  function waitForPower() {
    round += 1;
    update({ phase: 'off', devices: [], adding: '' });
    stopWaiting();
    stopWaiting = whenOn(bluetooth, search);
  }

  /** Look for devices; ends the search that is running. */
  async function search() {
    round += 1;
    const mine = round;
    stopWaiting();
    update({ phase: 'searching', devices: [], adding: '', reason: '' });
    try {
      await bluetooth.startSearch({
        serviceId: protocol.serviceId,
        onSearch(devices) {
          if (mine === round) update({ devices: devices.filter(isOurs) });
        },
        onError(error) {
          if (mine === round) fail(error);
          // The time limit of an older search ends the newer one as well.
          else if (state.get().phase === 'searching' && !state.get().adding) search();
        },
      });
    } catch (error) {
      if (mine === round) fail(error);
    }
  }

  /** A protocol may tell the product in its packets; then devices of other products are left out. */
  function isOurs({ productId }) {
    return !productId || !sdk.productId || productId === sdk.productId;
  }

  /** Connect to a device, bind it to the home, and let it go for its panel. */
  async function add(device) {
    round += 1;
    const mine = round;
    update({ adding: device.deviceId, reason: '' });
    try {
      await bluetooth.stopSearch();
      const adapter = await bluetooth.connectDevice({ ...device, productId: device.productId || sdk.productId });
      try {
        await adapter.bindDevice({ familyId: sdk.familyId || '', roomId: sdk.roomId || '' });
      } finally {
        adapter.disconnectDevice();
      }
      if (mine === round) update({ phase: 'added', adding: '', added: adapter.explorerDeviceId });
    } catch (error) {
      if (mine !== round) return;
      update({ adding: '' });
      fail(error);
    }
  }

  function onAdapterState({ available }) {
    if (!available && state.get().phase !== 'off') waitForPower();
  }

  return {
    getState: state.get,
    subscribe: state.subscribe,
    search,
    add,
    open: () => sdk.goDevicePanelPage(state.get().added).catch((error) => sdk.tips.showError(error)),
    /** Search; call the result to stop. */
    start() {
      bluetooth.on('adapterStateChange', onAdapterState);
      search();
      return function stop() {
        round += 1;
        stopWaiting();
        bluetooth.off('adapterStateChange', onAdapterState);
        state.clear();
        bluetooth.stopSearch();
      };
    },
  };
}
