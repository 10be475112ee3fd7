[% if not typed and template != "minimal" %]
// @ts-check
[% endif %]
[% if gateway %]
import { createSubDevices } from './subDevices';
[% endif %]
[% if "history" in features %]
import { createHistory } from './history';
[% endif %]
[% if "timer" in features %]
import { createTimers } from './timers';
[% endif %]
[% if "share" in features %]
import { createSharing } from './sharing';
[% endif %]
/*::
import type { Value } from './properties';

export interface DeviceState {
  values: Record<string, Value>;
  online: boolean;
}
export type Device = ReturnType<typeof createDevice>;
*/
[% if typed %]
/** Keep the state of the panel's device and send what the user changes. Create it after sdkReady(). */
[% else %]
/**
 * Keep the state of the panel's device and send what the user changes. Create it after sdkReady().
 *
 * @param {H5Panel.Sdk} sdk its `deviceData` and `controlDeviceData` know the ids of src/thing-model.d.ts
 */
[% endif %]
[% if bluetooth %]
export function createDevice(sdk, connection) {
[% else %]
export function createDevice(sdk /*: H5Panel.Sdk */) {
[% endif %]
  const listeners = new Set/*::<() => void>*/();
  // The SDK changes deviceData in place: a copy lets a view see that something changed.
[% if bluetooth %]
  let state = { values: { ...sdk.deviceData }, online: false, ...connection.getState() };
[% else %]
  let state /*: DeviceState */ = { values: { ...sdk.deviceData }, online: sdk.deviceStatus === 1 };
[% endif %]

  function update(changes /*: Partial<DeviceState> */) {
    state = { ...state, ...changes };
    listeners.forEach((listener) => listener());
  }

  function setValues(values /*: Record<string, Value> */) {
    update({ values: { ...state.values, ...values } });
  }

  function setReported(data /*: H5Panel.Reported */) {
    const values /*: Record<string, Value> */ = {};
    Object.entries(data || {}).forEach(([id, item]) => item && (values[id] = item.Value));
    setValues(values);
  }

[% if bluetooth %]
  function onConnection(reported) {
    if (reported) setValues(reported);
    else update({ online: connection.getState().link === 'connected', ...connection.getState() });
  }
[% else %]
  function setOnline(online /*: boolean */) {
    update({ online });
    if (online) sdk.offlineTip.hide();
    else sdk.offlineTip.show();
  }
[% endif %]

  // Pushes come for every device of the user.
  function onReport({ deviceId, deviceData } /*: H5Panel.ReportEvent */) {
    if (deviceId === sdk.deviceId) setReported(deviceData);
  }

[% if not bluetooth %]
  function onStatus({ deviceId, deviceStatus } /*: H5Panel.StatusEvent */) {
    if (deviceId === sdk.deviceId) setOnline(deviceStatus === 1);
  }

[% endif %]
  /** Ask the cloud again: no push reaches a page that was in the background. */
  async function refresh() {
    const { deviceId } = sdk;
    try {
[% if bluetooth %]
      setReported(await sdk.getDeviceData({ deviceId }));
[% else %]
      const [data, status] = await Promise.all([sdk.getDeviceData({ deviceId }), sdk.getDeviceStatus({ deviceId })]);
      setReported(data);
      setOnline(status === 1);
[% endif %]
    } catch (error) {
      console.warn('The device could not be read again.', error);
    }
  }

  /** Show the value at once, send it, and take it back when that fails. */
  async function control(id /*: string */, value /*: Value */) {
    const before = state.values[id];
    setValues({ [id]: value });
    try {
      await [% if bluetooth %]connection.send[% else %]sdk.controlDeviceData[% endif %]({ [id]: value });
    } catch (error) {
      // A report may have brought a newer value meanwhile.
      if (state.values[id] === value) setValues({ [id]: before });
      sdk.tips.showError(error);
    }
  }

  /** Follow the device; call the result to stop. */
  function start() {
    sdk.on('wsReport', onReport);
[% if bluetooth %]
    sdk.on('pageShow', refresh);
    connection.subscribe(onConnection);
    const stopFollowing = connection.start();
    return function stop() {
      stopFollowing();
      sdk.off('wsReport', onReport);
[% else %]
    sdk.on('wsStatusChange', onStatus);
    sdk.on('pageShow', refresh);
    if (!state.online) sdk.offlineTip.show();
    // Offers an upgrade when there is one. A panel works without the answer.
    Promise.resolve(sdk.checkFirmwareUpgrade({ silent: false })).catch((error) => console.warn(error));
    return function stop() {
      sdk.off('wsReport', onReport);
      sdk.off('wsStatusChange', onStatus);
[% endif %]
      sdk.off('pageShow', refresh);
      listeners.clear();
    };
  }

  return {
    getState: () => state,
    subscribe(listener /*: () => void */) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    control,
[% if bluetooth %]
    connect: connection.connect,
[% endif %]
    start,
    name: sdk.deviceDisplayName || sdk.deviceName,
    dataTemplate: sdk.dataTemplate,
[% if gateway %]
    subDevices: createSubDevices(sdk),
[% endif %]
[% if "history" in features %]
    history: createHistory(sdk),
[% endif %]
[% if "timer" in features %]
    timers: createTimers(sdk),
[% endif %]
[% if "share" in features %]
    sharing: createSharing(sdk),
[% endif %]
    showDetails: () => Promise.resolve(sdk.goDeviceDetailPage()).catch((error) => sdk.tips.showError(error)),
  };
}
