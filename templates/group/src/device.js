import { createState } from './state';

/**
 * Keep the state of the group's devices and send what the user changes to all of them. Create it after sdkReady().
 *
 * values are those of the first device that is online; members holds { id, name, online, values }.
 * A panel of a single device works, too: it is a group of one.
 */
export function createDevice(sdk) {
  const state = createState({ members: [], values: {}, online: false });

  function update(members) {
    const first = members.find((member) => member.online) || members[0];
    state.update({ members, values: first ? first.values : {}, online: members.some((member) => member.online) });
  }

  function change(deviceId, read) {
    update(state.get().members.map((member) => (member.id === deviceId ? { ...member, ...read(member) } : member)));
  }

  function onReport({ deviceId, deviceData }) {
    change(deviceId, ({ values }) => ({ values: { ...values, ...plain(deviceData) } }));
  }

  function onStatus({ deviceId, deviceStatus }) {
    change(deviceId, () => ({ online: deviceStatus === 1 }));
  }

  /** Read every device again: no push reaches a page that was in the background. */
  async function refresh() {
    try {
      const devices = sdk.isGroup ? await sdk.getGroupDeviceList() : [sdk.deviceInfo];
      update(await Promise.all(devices.map(readMember)));
      // The page of a group hears of no device until it names them.
      sdk.appDevSdk.subscribeDevices(devices.map((device) => device.DeviceId));
    } catch (error) {
      sdk.tips.showError(error);
    }
  }

  /** A device that cannot be asked is shown as offline and must not cost the others. */
  async function readMember(device) {
    const member = { id: device.DeviceId, name: device.AliasName || device.DeviceName, online: false, values: {} };
    try {
      const options = { deviceId: device.DeviceId };
      const [data, status] = await Promise.all([sdk.getDeviceData(options), sdk.getDeviceStatus(options)]);
      return { ...member, online: status === 1, values: plain(data) };
    } catch (error) {
      console.warn(`The device ${device.DeviceId} could not be read.`, error);
      return member;
    }
  }

  /** Show the value at once, send it to every device of the group, and take it back when that fails. */
  async function control(id, value) {
    const before = state.get().members;
    update(before.map((member) => (member.online ? { ...member, values: { ...member.values, [id]: value } } : member)));
    try {
      await sdk.controlDeviceData({ [id]: value });
    } catch (error) {
      // A report may have brought a newer value meanwhile.
      before.forEach(({ id: deviceId, values }) =>
        change(deviceId, (member) =>
          member.values[id] === value ? { values: { ...member.values, [id]: values[id] } } : {},
        ),
      );
      sdk.tips.showError(error);
    }
  }

  return {
    getState: state.get,
    subscribe: state.subscribe,
    control,
    name: sdk.groupName || sdk.deviceDisplayName,
    dataTemplate: sdk.dataTemplate,
    showDetails: () => Promise.resolve(sdk.goDeviceDetailPage()).catch((error) => sdk.tips.showError(error)),
    /** Open the panel of one device. */
    open: (id) => Promise.resolve(sdk.goDevicePanelPage(id)).catch((error) => error && sdk.tips.showError(error)),
    /** Follow the devices; call the result to stop. */
    start() {
      sdk.on('wsReport', onReport);
      sdk.on('wsStatusChange', onStatus);
      sdk.on('pageShow', refresh);
      refresh();
      return function stop() {
        sdk.off('wsReport', onReport);
        sdk.off('wsStatusChange', onStatus);
        sdk.off('pageShow', refresh);
        state.clear();
      };
    },
  };
}

function plain(data) {
  const values = {};
  Object.entries(data || {}).forEach(([id, item]) => item && (values[id] = item.Value));
  return values;
}
