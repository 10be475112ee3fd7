import sdk from 'qcloud-iotexplorer-h5-panel-sdk';

// How this panel talks to its device: LLSync, the platform's own protocol, for which the SDK has an adapter.

export const { serviceId } = sdk.StandardDeviceAdapter;

/** Tell the SDK about the protocol; it knows LLSync from the start. */
export function register() {}

/** Authenticate each other with the key that both got when the device was bound. */
export async function prepare(panelSdk, adapter) {
  if (!adapter.authorized) await adapter.authenticateConnection({ deviceName: panelSdk.deviceName });
  // With this, sdk.deleteDevice() ends the binding in the device as well.
  if (panelSdk.isStandardBleDevice) panelSdk.bleDeviceId = adapter.deviceId;
}

/** Send what the user changed: through the cloud, whose order the adapter carries to the device. */
export function send(panelSdk, adapter, values) {
  return panelSdk.controlDeviceData(values);
}

/** Show the events of the device; call the result to stop. */
export function follow(panelSdk) {
  const { events = [] } = panelSdk.dataTemplate;

  function onEvent({ deviceId, Payload }) {
    const event = events.find(({ id }) => id === Payload.eventId);
    if (deviceId === panelSdk.deviceId && event) panelSdk.tips.showInfo(event.name);
  }

  panelSdk.on('wsEventReport', onEvent);
  return () => panelSdk.off('wsEventReport', onEvent);
}
