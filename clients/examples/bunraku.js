// The protocol's JSON encoding, as little of it as a client needs.

/** The first message: watch `session`, or else perform `character`. `asked` has a `get`, as URLSearchParams do. */
export function greeting(asked) {
  const role = asked.get("session")
    ? { role: "watch", session: asked.get("session") }
    : { role: "perform", character: asked.get("character") };
  const token = asked.get("token") ? { token: asked.get("token") } : {};
  return { type: "hello", ...role, ...token, video: { codecs: ["webp", "png"], size: 256 } };
}

/** A binary message: the length of the JSON as a little-endian u32, the JSON, the bytes of `data`. */
export function read(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const message = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return [message, new Uint8Array(buffer, 4 + length)];
}

/** Opens a stream; `handlers` maps a message's type to a function of the message and its data. */
export function open(url, hello, handlers) {
  let socket;
  let beat;
  let seq = 0;
  const send = (message) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));
  const connect = (address) => {
    let next;
    socket = new WebSocket(address, "bunraku.v1.json");
    socket.binaryType = "arraybuffer";
    socket.onopen = () => send(hello);
    socket.onclose = () => {
      clearInterval(beat);
      if (next) connect(next);
    };
    socket.onmessage = ({ data: raw }) => {
      const [message, data] = typeof raw === "string" ? [JSON.parse(raw)] : read(raw);
      if (message.type === "frame") send({ type: "ack", frame: message.frame });
      if (message.type === "bye") next = message.url; // a server may send those who watch on to a relay
      if (message.type === "welcome") {
        beat = setInterval(() => send({ type: "ping", time: performance.now() }), message.heartbeat_seconds * 1000);
      }
      handlers[message.type]?.(message, data);
    };
  };
  connect(url);
  return {
    pose: (values) => send({ type: "pose", seq: ++seq, time: performance.now(), values }),
    close: () => (send({ type: "bye" }), socket.close()),
  };
}
