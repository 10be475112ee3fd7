import { createState } from './state';

/**
 * Keep the gateway's sub-devices: those of the user's family with their state, and those outside it.
 *
 * list and outside hold { id, name, online }; phase: loading, ready or failed. Create it after sdkReady().
 */
export function createSubDevices(sdk) {
  const state = createState({ list: [], outside: [], phase: 'loading' });

  /** Read the list; the SDK brings the family in line with the gateway on the way. */
  async function load() {
    try {
      const { subDeviceList, syncFailList } = await sdk.getSubDeviceList();
      const online = await Promise.all(subDeviceList.map((device) => isOnline(device.DeviceId)));
      state.update({
        list: subDeviceList.map((device, index) => ({ ...readDevice(device), online: online[index] })),
        outside: syncFailList.map(readDevice),
        phase: 'ready',
      });
      // A page hears of its own device alone until it names more; the new list takes the place of the old one.
      sdk.appDevSdk.subscribeDevices([sdk.deviceId, ...subDeviceList.map((device) => device.DeviceId)]);
    } catch (error) {
      console.warn('The sub-devices could not be read.', error);
      state.update({ phase: 'failed' });
    }
  }

  /** One device that cannot be asked must not cost the list. */
  async function isOnline(deviceId) {
    try {
      return (await sdk.getDeviceStatus({ deviceId })) === 1;
    } catch (error) {
      return false;
    }
  }

  function onStatus({ deviceId, deviceStatus }) {
    state.update({
      list: state.get().list.map((item) => (item.id === deviceId ? { ...item, online: deviceStatus === 1 } : item)),
    });
  }

  const lead = (way) => Promise.resolve(way).catch((error) => error && sdk.tips.showError(error));

  return {
    getState: state.get,
    subscribe: state.subscribe,
    load,
    /** Open the panel of a sub-device. */
    open: (id) => lead(sdk.goDevicePanelPage(id)),
    /** Open the mini program's page that adds one. */
    add: () => lead(sdk.goGatewayAddSubDevicePage(sdk.deviceId)),
    /** Follow the devices; call the result to stop. */
    start() {
      sdk.on('wsStatusChange', onStatus);
      sdk.on('subDeviceChange', load);
      sdk.on('pageShow', load);
      return function stop() {
        sdk.off('wsStatusChange', onStatus);
        sdk.off('subDeviceChange', load);
        sdk.off('pageShow', load);
      };
    },
  };
}

const readDevice = (device) => ({ id: device.DeviceId, name: device.AliasName || device.DeviceName, online: false });
