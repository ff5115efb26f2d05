/** The status line: in one sentence, how the connection stands, and for a short while what just happened. */

import { element } from "./dom.js";

const NOTICE_MILLISECONDS = 5000;

/**
 * What a person reads for a state of the channel.
 * @param {import("./channel.js").ChannelState} state
 * @returns {{text: string, action?: string}} `action` labels a button that tries again.
 */
export function describe({ name, why }) {
  switch (name) {
    case "connecting":
      return { text: "Connecting…" };
    case "live":
      return { text: "Live" };
    case "lost":
      return { text: why || "The connection is lost.", action: "Try now" };
    case "full":
      return { text: why || "The server is full.", action: "Try now" };
    case "absent":
      return { text: "This session is not there.", action: "Try now" };
    case "unauthorised":
      return { text: why || "This server asks for a token.", action: "Give a token" };
    case "taken":
      return { text: "Another tab has taken this session over.", action: "Take back" };
    case "refused":
      return { text: why || "The server accepts no pages from this address." };
    case "ended":
      return { text: why || "The session has ended.", action: "Start again" };
    default:
      return { text: "" };
  }
}

/** The countdown that follows the sentence, or nothing. */
export function countdown({ retryAt }, now) {
  if (retryAt === undefined) return "";
  return ` Trying again in ${Math.max(1, Math.ceil((retryAt - now) / 1000))} s.`;
}

export class StatusLine {
  /**
   * @param {HTMLElement} root
   * @param {(state: string) => void} onAction the button was pressed, in the state of that name.
   */
  constructor(root, onAction) {
    this.text = element("span", { role: "status" });
    this.wait = element("span", { "aria-hidden": "true", class: "countdown" });
    this.button = element("button", { type: "button", id: "status-action", hidden: true });
    this.button.addEventListener("click", () => onAction(this.current.name));
    this.root = root;
    root.append(this.text, this.wait, this.button);
    this.current = { name: "idle" };
    setInterval(() => this.#tick(), 250);
    window.addEventListener("error", (event) => this.trouble(event.message));
    window.addEventListener("unhandledrejection", (event) => this.trouble(String(event.reason?.message ?? event.reason)));
  }

  /** The connection stands so. */
  state(state) {
    this.current = state;
    document.documentElement.dataset.state = state.name;
    this.#render();
  }

  /** Something happened that the person wanted. */
  notice(sentence) {
    this.#passing(sentence, "notice");
  }

  /** Something went wrong. */
  trouble(sentence) {
    this.#passing(sentence, "trouble");
  }

  #passing(sentence, tone) {
    clearTimeout(this.timer);
    this.passing = { sentence, tone };
    this.timer = setTimeout(() => {
      this.passing = null;
      this.#render();
    }, NOTICE_MILLISECONDS);
    this.#render();
  }

  #render() {
    const { text, action } = describe(this.current);
    this.root.dataset.tone = this.passing?.tone ?? this.current.name;
    this.text.textContent = this.passing?.sentence ?? text;
    this.button.hidden = !action;
    this.button.textContent = action ?? "";
    this.#tick();
  }

  #tick() {
    const left = this.passing ? "" : countdown(this.current, performance.now());
    if (this.wait.textContent !== left) this.wait.textContent = left;
  }
}
