import { texts } from './texts';

const NOT_OPEN = 10000;
const NOT_AVAILABLE = 10001;

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
