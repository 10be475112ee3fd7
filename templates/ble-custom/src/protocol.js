import sdk from 'qcloud-iotexplorer-h5-panel-sdk';
import { frame, readFrame } from './frames';

// How this panel talks to its device: a protocol of its own, in an adapter that the SDK calls.

export const serviceId = '0000FFF0-0000-1000-8000-00805F9B34FB';

const COMPANY = 'FFFF';
const ADDRESS_BYTES = 6;

// Commands of the thermometer by the property that they set; STATUS asks for all of them.
const STATUS = 0xc0;
const COMMANDS = { unit: 0xc1, buzzer: 0xc2, interval: 0xc3 };

const TEMPERATURE = 0xd9;
const SETTINGS = 0xd8;

const READERS = {
  /** u h l l: four hex digits; u is 0 for Celsius, h and ll are tenths of a degree. */
  [TEMPERATURE](data) {
    const fahrenheit = data[2] >> 4 !== 0;
    const degrees = ((data[2] & 0x0f) * 256 + data[3]) / 10;
    return { temperature: Number((fahrenheit ? ((degrees - 32) * 5) / 9 : degrees).toFixed(1)) };
  },
  [SETTINGS]([unit, buzzer, interval, battery]) {
    return { unit, buzzer, interval, battery };
  },
};

export class ThermometerAdapter extends sdk.DeviceAdapter {
  static serviceId = serviceId;

  /** Say whether an advertising packet is one of our devices, and which: its name in the cloud is its address. */
  static deviceFilter(device) {
    const data = device.advertisData || [];
    const services = device.advertisServiceUUIDs || [];
    if (!services.includes(serviceId) || data.slice(0, 2).join('') !== COMPANY) return null;
    if (data.length !== 2 + ADDRESS_BYTES) return null;
    return { ...device, serviceId, deviceName: data.slice(2).join(':') };
  }

  /** Read a notification: reportData goes to the cloud, all of it into the event `message`. */
  handleBLEMessage(hex) {
    const message = readFrame(hex);
    const read = message && READERS[message.type];
    if (!read || message.data.length !== 4) return { type: 'unknown' };
    const values = read(message.data);
    return { type: 'values', values, reportData: values };
  }
}

/** Tell the SDK about the protocol. */
export function register(panelSdk) {
  panelSdk.blueToothAdapter.addAdapter(ThermometerAdapter);
}

/** Ask for the settings, once the device is connected and its notifications are on. */
export function prepare(panelSdk, adapter) {
  return adapter.write(frame(STATUS));
}

/** Send what the user changed, to the device alone: it answers with its settings, which go to the cloud. */
export function send(panelSdk, adapter, values) {
  const commands = Object.keys(values).filter((id) => COMMANDS[id]);
  return Promise.all(commands.map((id) => adapter.write(frame(COMMANDS[id], [Number(values[id])]))));
}

/** Show what else the device has to say; call the result to stop. */
export function follow() {
  return () => {};
}
