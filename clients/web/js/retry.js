/**
 * When to come back after a connection is lost, and when not to: rules alone, without a socket or a clock.
 */

import { CLOSE } from "./protocol.js";

const FIRST_SECONDS = 0.5;
const LONGEST_SECONDS = 10;
const STEADY_SECONDS = 5; // a connection that lived this long begins the count anew

/** Exponential back-off with jitter: each wait lies between half of its bound and the bound. */
export class Backoff {
  /** @param {() => number} random uniform in [0, 1). */
  constructor(random = Math.random) {
    this.random = random;
    this.attempts = 0;
  }

  /**
   * Seconds to wait before the next attempt.
   * @param {number} livedSeconds how long the lost connection had been live, 0 if never.
   * @param {number} [hint] the least wait that the server asked for, in seconds.
   */
  next(livedSeconds, hint = 0) {
    if (livedSeconds >= STEADY_SECONDS) this.attempts = 0;
    const bound = Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** this.attempts);
    this.attempts += 1;
    return Math.max(hint, bound * (0.5 + this.random() / 2));
  }
}

/**
 * What a close means for this client.
 *
 * @param {object} end
 * @param {number} end.code the WebSocket close code.
 * @param {object} [end.bye] the `bye` that came before it.
 * @param {object} [end.error] the last fatal `error` that came before it.
 * @param {boolean} [end.resumed] whether the hello asked to take a session over.
 * @param {boolean} [end.token] whether the hello had a token.
 * @param {string} [end.role] "perform" or "watch".
 * @returns {{state: string, why: string, retry: boolean, after?: number, url?: string, forget?: boolean}}
 *   `state`: "lost", "full" or "absent" (with `retry`), "unauthorised", "taken", "refused" or "ended".
 *   `after`: the least wait in seconds. `forget`: the resume secret is of no use any more.
 */
export function verdict({ code, bye, error, resumed = false, token = false, role = "perform" }) {
  const why = error?.message ?? sentence(bye?.reason);
  if (resumed && (code === CLOSE.unauthorised || code === CLOSE.notFound)) {
    return { state: "lost", why, retry: true, after: 0, forget: true };
  }
  switch (code) {
    case CLOSE.unauthorised:
      // Who gave no token is not told that it is a wrong one.
      return { state: "unauthorised", why: token ? why : "", retry: false };
    case CLOSE.originRefused:
      return { state: "refused", why, retry: false };
    case CLOSE.replaced:
      return { state: "taken", why, retry: false };
    case CLOSE.notFound:
      return absent(role, why);
    case CLOSE.full:
      return { state: "full", why, retry: true, after: error?.retry_after ?? bye?.after ?? 1 };
    default:
      return byWord(bye, why, code);
  }
}

/** A reason may be a bare word; only a sentence is fit to be shown. */
const sentence = (reason) => (reason?.endsWith(".") ? reason : "");

/** A watcher waits for its performer to come back; a performer asked for a character that is not here. */
function absent(role, why) {
  if (role === "watch") return { state: "absent", why, retry: true, after: LONGEST_SECONDS };
  return { state: "ended", why: why || "This character is not served here.", retry: false };
}

function byWord(bye, why, code) {
  if (bye && !bye.reconnect) return { state: "ended", why, retry: false };
  if (!bye && code === CLOSE.done) return { state: "ended", why, retry: false };
  return { state: "lost", why, retry: true, after: bye?.after ?? 0, url: bye?.url };
}
