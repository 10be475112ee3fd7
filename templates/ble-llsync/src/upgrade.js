import { bluetoothError } from './bluetooth';
import { createState } from './state';
import { texts } from './texts';

// The adapter's progress codes, in the order in which they come.
const STAGES = {
  DOWNLOADING_OTA_FILE: 'download',
  SEND_UPDATE_DATA_START: 'send',
  SEND_UPDATE_DATA_DETAIL: 'send',
  WAITING_MODULE_UPDATE: 'restart',
};

/**
 * Let the adapter's two file calls, which exist in a mini program alone, give it this firmware.
 *
 * Undone when the work is done.
 */
async function withFirmware(data, work) {
  const wx = (window.wx = window.wx || {});
  const { downloadFile, getFileSystemManager } = wx;
  wx.downloadFile = ({ success }) => {
    Promise.resolve({ tempFilePath: 'firmware' }).then(success);
    return { onProgressUpdate() {} };
  };
  wx.getFileSystemManager = () => ({ readFile: ({ success }) => success({ data }) });
  try {
    return await work();
  } finally {
    Object.assign(wx, { downloadFile, getFileSystemManager });
  }
}

/**
 * Upgrade the device's firmware over Bluetooth.
 *
 * target: a newer version, "" when none is known; stage: "" unless an upgrade runs; note: how the last act ended.
 */
export function createUpgrade(sdk, connection) {
  const state = createState({ version: '', target: '', stage: '', percent: 0, note: '' });
  const { update } = state;

  function onProgress({ code, detail }) {
    const stage = STAGES[code];
    if (stage) update({ stage, percent: stage === 'restart' ? 100 : Math.round((detail && detail.progress) || 0) });
  }

  function readVersion() {
    const adapter = connection.getAdapter();
    const version = adapter && adapter.otaVersion;
    if (version && version !== state.get().version) update({ version });
  }

  /** Ask the cloud for a newer version. */
  async function check() {
    try {
      const answer = await sdk.checkFirmwareUpdate({ ProductId: sdk.productId, DeviceName: sdk.deviceName });
      const target = answer.DstVersion && answer.DstVersion !== state.get().version ? answer.DstVersion : '';
      update({ target, note: target ? '' : texts.upToDate });
    } catch (error) {
      update({ note: bluetoothError(error) });
    }
  }

  async function upgrade() {
    update({ stage: 'download', percent: 0, note: '' });
    try {
      const { otaData } = await sdk.downLoadDeviceOTA({ deviceId: sdk.deviceId });
      await connection.hold((adapter) => withFirmware(otaData, () => adapter.startOta({ onProgress })));
      update({ target: '', note: texts.upgraded });
    } catch (error) {
      update({ note: `${texts.upgradeFailed}: ${bluetoothError(error)}` });
    }
    update({ stage: '' });
    readVersion();
  }

  const leave = connection.subscribe(readVersion);

  return {
    getState: state.get,
    subscribe: state.subscribe,
    check,
    upgrade,
    stop: leave,
  };
}
