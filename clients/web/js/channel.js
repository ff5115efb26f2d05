/**
 * The channel: one WebSocket at a time, kept open. It says hello, keeps the heartbeat, takes its
 * session over again after a cut, and comes back by the rules of `retry.js`.
 */

import { SUBPROTOCOL, decode, encode, streamAddress } from "./protocol.js";
import { Backoff, verdict } from "./retry.js";

/**
 * @typedef {object} ChannelState
 * @property {"idle"|"connecting"|"live"|"lost"|"full"|"absent"|"unauthorised"|"taken"|"refused"|"ended"} name
 * @property {string} [why] the server's own sentence, where it gave one.
 * @property {number} [retryAt] performance.now() of the next attempt, in milliseconds.
 */

export class Channel {
  /**
   * @param {object} options
   * @param {string} options.url the stream, e.g. "/v1/stream".
   * @param {() => object|Promise<object>} options.hello fields of `hello`, asked for at each attempt, without
   *   `resume`. The connection is made meanwhile.
   * @param {"perform"|"watch"} [options.role]
   * @param {{read(): string|null, keep(secret: string|null): void}} options.resume where the secret is kept.
   * @param {(state: ChannelState) => void} options.onState
   * @param {(message: object) => void} options.onMessage every message of the server but `pong`.
   * @param {(address: string, protocols: string[]) => WebSocket} [options.connect]
   */
  constructor({ url, hello, role, resume, onState, onMessage, connect = (...to) => new WebSocket(...to) }) {
    Object.assign(this, { url, hello, role, resume, onState, onMessage, connect });
    this.backoff = new Backoff();
    this.socket = null;
    this.state = { name: "idle" };
    this.moved = null;
    window.addEventListener("online", () => this.state.retryAt && this.open());
  }

  /** Connects now; also ends a wait, and takes a session back that another page took over. */
  open() {
    this.#drop();
    this.attempt = { began: null, resumed: false, token: false, bye: null, error: null };
    this.#enter({ name: "connecting" });
    try {
      this.socket = this.connect(streamAddress(this.moved ?? this.url, location.href), [SUBPROTOCOL]);
    } catch (error) {
      this.#enter({ name: "ended", why: `The stream cannot be opened: ${error.message}` });
      return;
    }
    this.#listen(this.socket);
  }

  /** Sends a message if a session is live; says whether it was sent. */
  send(message) {
    if (this.state.name !== "live") return false;
    this.socket.send(encode(message));
    return true;
  }

  /** Leaves in good order: the session ends and nothing reconnects. */
  close() {
    this.send({ type: "bye" });
    this.resume.keep(null);
    this.#drop();
    this.#enter({ name: "idle" });
  }

  #listen(socket) {
    socket.binaryType = "arraybuffer";
    const mine = (act) => (event) => socket === this.socket && act(event);
    socket.addEventListener("open", mine(() => this.#greet(socket)));
    socket.addEventListener("message", mine((event) => this.#hear(event.data)));
    socket.addEventListener("close", mine((event) => this.#ended(event.code)));
  }

  async #greet(socket) {
    const hello = await this.hello();
    if (socket !== this.socket) return;
    const secret = this.resume.read();
    this.attempt.resumed = Boolean(secret);
    this.attempt.token = Boolean(hello.token);
    socket.send(encode({ type: "hello", ...hello, ...(secret ? { resume: secret } : {}) }));
  }

  #hear(received) {
    this.heardAt = performance.now();
    const message = decode(received);
    if (message.type === "welcome") this.#welcomed(message);
    if (message.type === "bye") this.attempt.bye = message;
    if (message.type === "error" && message.fatal) this.attempt.error = message;
    if (message.type !== "pong") this.onMessage(message);
    this.#beat();
  }

  #welcomed(message) {
    this.attempt.began = performance.now();
    this.resume.keep(message.resume ?? null);
    this.heartbeat = 1000 * (message.heartbeat_seconds ?? 10);
    this.pingedAt = performance.now();
    this.timer = setInterval(() => this.#beat(), this.heartbeat / 4);
    this.#enter({ name: "live" });
  }

  // Called by a timer and by each message too: the browser slows the timers of a hidden page down.
  #beat() {
    if (this.state.name !== "live") return;
    const now = performance.now();
    if (now - this.heardAt > 2 * this.heartbeat) {
      this.#ended(0);
    } else if (now - this.pingedAt >= this.heartbeat) {
      this.pingedAt = now;
      this.send({ type: "ping", time: now });
    }
  }

  #ended(code) {
    const { began, resumed, token, bye, error } = this.attempt;
    const end = verdict({ code, bye, error, resumed, token, role: this.role });
    this.#drop();
    if (end.forget) this.resume.keep(null);
    // A second redirection in a row goes through the back-off, so that two servers cannot toss us to and fro.
    const atOnce = end.forget || (end.url && !this.moved);
    this.moved = end.url ?? (began === null ? null : this.moved);
    if (!end.retry) return this.#enter({ name: end.state, why: end.why });
    const lived = began === null ? 0 : (performance.now() - began) / 1000;
    return this.#wait(end, 1000 * (atOnce ? end.after : this.backoff.next(lived, end.after)));
  }

  #wait(end, milliseconds) {
    this.timer = setTimeout(() => this.open(), milliseconds);
    this.#enter({ name: end.state, why: end.why, retryAt: performance.now() + milliseconds });
  }

  #drop() {
    clearInterval(this.timer); // one name for the heartbeat and the wait: both kinds share their ids
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  #enter(state) {
    this.state = state;
    this.onState(state);
  }
}
