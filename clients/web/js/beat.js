/** A beat that goes on while the page is hidden, when browsers let the timers and frames of a page rest: a worker's. */
export class Beat {
  /**
   * @param {number} milliseconds from one to the next.
   * @param {() => void} step
   */
  constructor(milliseconds, step) {
    this.step = step;
    this.worker = new Worker(new URL("beat_worker.js", import.meta.url));
    this.worker.addEventListener("message", () => this.step?.());
    this.worker.postMessage(milliseconds);
  }

  close() {
    this.step = null; // one that is on its way comes to nothing
    this.worker.terminate();
  }
}
