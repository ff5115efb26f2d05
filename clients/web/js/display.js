/**
 * The display: a canvas that shows the newest picture, once per frame of the screen at most. The canvas
 * takes the picture's own size in pixels and keeps its alpha; how large it appears is up to the page.
 */
export class Display {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {(frame: object, now: number) => void} onShown called once a frame is drawn, with performance.now().
   */
  constructor(canvas, onShown) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.onShown = onShown;
    this.newest = null;
    this.ticket = 0;
    document.addEventListener("visibilitychange", () => document.hidden && this.#draw());
  }

  /** Takes a picture to show; it replaces one that still waits. Pictures come in the order of their frames. */
  show(picture, frame) {
    this.newest?.picture.close();
    this.newest = { picture, frame };
    this.#schedule();
  }

  /** Empties the canvas. */
  clear() {
    this.newest?.picture.close();
    this.newest = null;
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  // A hidden page gets no animation frames, yet its acks must go on or the server sees a backlog.
  #schedule() {
    if (document.hidden) this.#draw();
    else if (!this.ticket) this.ticket = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    cancelAnimationFrame(this.ticket);
    this.ticket = 0;
    if (!this.newest) return;
    const { picture, frame } = this.newest;
    this.newest = null;
    this.#fit(picture);
    this.context.drawImage(picture, 0, 0);
    picture.close();
    this.onShown(frame, performance.now());
  }

  #fit(picture) {
    const { displayWidth: width = picture.width, displayHeight: height = picture.height } = picture; // of a VideoFrame
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    } else {
      this.context.clearRect(0, 0, width, height);
    }
  }
}
