// A frame: D1, type, length of the data (two bytes), data, 0D.

const START = 0xd1;
const END = 0x0d;
const HEAD_BYTES = 4;

function toHex(bytes) {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join('');
}

/** Build a frame as the hex text that adapter.write() takes. */
export function frame(type, data = []) {
  return toHex([START, type, data.length >> 8, data.length & 0xff, ...data, END]);
}

/** Read a frame, {type, data}; null when it is none. The SDK hands over a list of two-digit texts. */
export function readFrame(hex) {
  const bytes = (Array.isArray(hex) ? hex.join('') : hex).match(/../g) || [];
  const [start, type, high, low] = bytes.map((digits) => parseInt(digits, 16));
  const data = bytes.slice(HEAD_BYTES, -1).map((digits) => parseInt(digits, 16));
  if (start !== START || parseInt(bytes[bytes.length - 1], 16) !== END) return null;
  return data.length === high * 256 + low ? { type, data } : null;
}
