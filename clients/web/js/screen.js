/** The screen: kept awake while there is something to see, and filled by the picture on wish. */

/** Keeps the screen awake while `wanted()` says so and the page is seen; asked again at each `update`. */
export class Awake {
  /** @param {() => boolean} wanted */
  constructor(wanted) {
    Object.assign(this, { wanted, lock: null, asking: false });
    document.addEventListener("visibilitychange", () => this.update());
  }

  async update() {
    const wanted = this.wanted() && !document.hidden;
    if (!wanted) return this.#release();
    if (!navigator.wakeLock || this.asking || (this.lock && !this.lock.released)) return undefined;
    this.asking = true;
    // A browser may refuse, on a low battery for one: the picture goes on all the same.
    this.lock = await navigator.wakeLock.request("screen").catch(() => null);
    this.asking = false;
    return this.wanted() ? undefined : this.#release();
  }

  async #release() {
    await this.lock?.release();
    this.lock = null;
  }
}

/**
 * Makes a button fill the screen with an element and come back; hidden where the browser cannot.
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} shown
 */
export function attachFullScreen(button, shown) {
  button.hidden = !document.fullscreenEnabled;
  button.addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : shown.requestFullscreen()));
}
