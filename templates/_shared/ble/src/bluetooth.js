import { texts } from './texts';

// WeChat's codes of Bluetooth failures.
export const CONNECTION_ENDED = 10006;
const NOT_OPEN = 10000;
const NOT_AVAILABLE = 10001;

const FIRST_LOOK_MS = 1000;

/**
 * Call back once the phone's Bluetooth is on again; call the result to stop.
 *
 * The SDK's adapter stops listening when Bluetooth goes off, and listens again after the next init().
 */
export function whenOn(bluetooth, callback) {
  let delay = FIRST_LOOK_MS;
  let timer = setTimeout(look, delay);
  let stopped = false;

  function onOff({ available }) {
    if (available) finish();
  }

  function look() {
    bluetooth.init().then(finish, () => {
      delay *= 2;
      if (!stopped) timer = setTimeout(look, delay);
    });
  }

  function stop() {
    stopped = true;
    clearTimeout(timer);
    bluetooth.off('adapterStateChange', onOff);
  }

  function finish() {
    if (stopped) return;
    stop();
    callback();
  }

  bluetooth.on('adapterStateChange', onOff);
  return stop;
}

function codeOf(error) {
  return Number(error && (error.errCode || error.code));
}

/** Tell whether a failure says that the phone's Bluetooth is off. */
export function isOff(error) {
  return [NOT_OPEN, NOT_AVAILABLE].includes(codeOf(error));
}

/** Tell whether a failure is one of the radio, after which another try may work. */
export function isRadio(error) {
  return codeOf(error) > NOT_AVAILABLE;
}

/** Put a failure into words. The SDK rejects with texts, with errors and with plain objects. */
export function bluetoothError(error) {
  if (typeof error === 'string') return error;
  const { msg, message, errMsg, code } = error || {};
  return msg || message || errMsg || (code ? `${texts.unknownError} (${code})` : texts.unknownError);
}
