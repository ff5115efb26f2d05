/**
 * The JSON encoding of the wire protocol, version 1: pure functions from messages to what a
 * WebSocket carries and back. A message is a plain object with a string `type`; its bytes, where it
 * has any, are a Uint8Array named `data`.
 */

/** The WebSocket subprotocol that this client offers. */
export const SUBPROTOCOL = "bunraku.v1.json";

/** The codes with which a server closes, by their meaning. */
export const CLOSE = Object.freeze({
  done: 1000,
  draining: 1001,
  tooBig: 1009,
  protocolError: 4000,
  unauthorised: 4001,
  originRefused: 4003,
  notFound: 4004,
  silent: 4008,
  replaced: 4010,
  full: 4013,
  tooMany: 4029,
});

const PREFIX = 4; // bytes of the u32 that says how long the JSON is

/**
 * What to hand to `WebSocket.send` for a message.
 * @param {object} message without `data`: becomes text; with `data`: becomes binary.
 * @returns {string|ArrayBuffer}
 */
export function encode(message) {
  if (!(message.data instanceof Uint8Array)) return JSON.stringify(message);
  const { data, ...rest } = message;
  const head = new TextEncoder().encode(JSON.stringify(rest));
  const whole = new Uint8Array(PREFIX + head.length + data.length);
  new DataView(whole.buffer).setUint32(0, head.length, true);
  whole.set(head, PREFIX);
  whole.set(data, PREFIX + head.length);
  return whole.buffer;
}

/**
 * The message that arrived. `data` shares the memory of a binary message.
 * @param {string|ArrayBuffer} received `event.data` of a WebSocket with binaryType "arraybuffer".
 * @returns {object} with a string `type`.
 * @throws {Error} with one plain sentence, where this is no message of the protocol.
 */
export function decode(received) {
  const message = typeof received === "string" ? parse(received) : decodeBinary(received);
  if (typeof message?.type !== "string") throw new Error("The server sent a message without a type.");
  return message;
}

function decodeBinary(buffer) {
  const length = buffer.byteLength >= PREFIX ? new DataView(buffer).getUint32(0, true) : Infinity;
  if (PREFIX + length > buffer.byteLength) throw new Error("The server sent a message that is cut short.");
  const message = parse(new TextDecoder().decode(new Uint8Array(buffer, PREFIX, length)));
  return { ...message, data: new Uint8Array(buffer, PREFIX + length) };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("The server sent a message that is not JSON.");
  }
}

/**
 * The address of the stream beside a page, or of one that the server names.
 * @param {string} address absolute or relative; http and https become ws and wss.
 * @param {string} base the page's own address.
 * @returns {string}
 */
export function streamAddress(address, base) {
  const url = new URL(address, base);
  url.protocol = url.protocol.replace(/^http/, "ws");
  url.hash = "";
  return url.href;
}
