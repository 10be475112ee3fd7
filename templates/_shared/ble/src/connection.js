import { CONNECTION_ENDED, bluetoothError, isOff, isRadio, whenOn } from './bluetooth';

const TRIES = 2;

/**
 * Find the panel's device over Bluetooth and stay connected to it.
 *
 * link: searching, missing, connecting, connected, lost (it is being looked for), off or failed.
 * protocol: what src/protocol.js exports. Create it after sdkReady().
 */
export function createConnection(sdk, protocol) {
  const bluetooth = sdk.blueToothAdapter;
  const listeners = new Set();
  let state = { link: 'searching', reason: '' };
  let adapter = null;
  let running = null;
  let powered = true;
  let again = false;
  let held = false;
  let stopped = true;
  let stopWaiting = null;

  function update(link, reason = '') {
    if (link === 'off' && !stopWaiting) stopWaiting = whenOn(bluetooth, onPower);
    if (link !== 'off') stopWaitingForPower();
    state = { link, reason };
    listeners.forEach((listener) => listener());
  }

  function stopWaitingForPower() {
    if (stopWaiting) stopWaiting();
    stopWaiting = null;
  }

  function adopt(device) {
    // After a lost connection the same adapter comes back, with the listeners that it has.
    if (device === adapter) return;
    forget();
    adapter = device;
    adapter.on('disconnect', onDisconnect);
    adapter.on('message', onMessage);
  }

  function forget() {
    if (!adapter) return;
    adapter.off('disconnect', onDisconnect);
    adapter.off('message', onMessage);
  }

  /** Search, connect and let the protocol introduce itself; false when no device answers. */
  async function open(quiet) {
    await bluetooth.init();
    const found = await bluetooth.searchDevice({
      deviceName: sdk.deviceName,
      productId: sdk.productId,
      serviceId: protocol.serviceId,
      disableCache: true,
    });
    if (!found || stopped) return false;
    if (!quiet) update('connecting');
    const device = await bluetooth.connectDevice({ ...found, productId: sdk.productId });
    adopt(device);
    try {
      await protocol.prepare(sdk, device);
    } catch (error) {
      // A connection that ended meanwhile is worth another try, whatever the protocol makes of it.
      if (!device.isConnected) throw Object.assign({}, error, { errCode: CONNECTION_ENDED });
      device.disconnectDevice();
      throw error;
    }
    return true;
  }

  async function run(quiet) {
    for (let tries = 1; !stopped; tries += 1) {
      again = false;
      try {
        const opened = await open(quiet);
        if (opened || (powered && !again)) return opened ? 'connected' : 'missing';
      } catch (error) {
        if (isOff(error)) powered = false;
        else if (!isRadio(error) || tries === TRIES) return { link: 'failed', reason: bluetoothError(error) };
      }
      if (!powered) return 'off';
    }
    return '';
  }

  /** Connect, unless that is done or being done; quiet keeps what is shown until the end. */
  async function connect({ quiet = false } = {}) {
    if (stopped || held || running || state.link === 'connected') return;
    if (!quiet) update('searching');
    powered = true;
    running = run(quiet);
    const end = await running;
    running = null;
    if (stopped) return;
    if (typeof end === 'string') update(end);
    else update(end.link, end.reason);
    if (!adapter || !adapter.isConnected) onDisconnect();
  }

  function onDisconnect() {
    if (held || stopped || state.link !== 'connected') return;
    update('lost');
    connect({ quiet: true });
  }

  function onMessage({ values }) {
    if (values) listeners.forEach((listener) => listener(values));
  }

  function onAdapterState({ available }) {
    if (available) return;
    powered = false;
    update('off');
  }

  function onPower() {
    powered = true;
    if (running) again = true;
    else connect();
  }

  function onShow() {
    connect();
  }

  return {
    getState: () => state,
    getAdapter: () => adapter,
    /** The listener gets the values that a message of the device brought, and nothing when the link changed. */
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    connect: () => connect(),
    send: (values) => protocol.send(sdk, adapter, values),
    /** Do work during which the device may restart: nothing else reconnects meanwhile. */
    async hold(work) {
      held = true;
      try {
        return await work(adapter);
      } finally {
        held = false;
        if (!adapter.isConnected) onDisconnect();
      }
    },
    /** Search and connect; call the result to stop. */
    start() {
      stopped = false;
      bluetooth.on('adapterStateChange', onAdapterState);
      sdk.on('pageShow', onShow);
      const stopFollowing = protocol.follow(sdk);
      connect();
      return function stop() {
        stopped = true;
        stopFollowing();
        stopWaitingForPower();
        bluetooth.off('adapterStateChange', onAdapterState);
        sdk.off('pageShow', onShow);
        listeners.clear();
        forget();
        if (adapter && adapter.isConnected) adapter.disconnectDevice();
      };
    },
  };
}
