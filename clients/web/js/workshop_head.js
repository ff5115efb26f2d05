/** The square on a picture, to be moved and sized by pointer, finger and key. */

import { cornered, keyed, moved } from "./workshop_square.js";

export class HeadSquare {
  /**
   * @param {HTMLElement} root holds the `img` and the `#square` with its corners.
   * @param {(square: {x: number, y: number, size: number}) => void} onChange the person changed it.
   */
  constructor(root, onChange) {
    this.image = root.querySelector("img");
    this.frame = root.querySelector("#square");
    this.onChange = onChange;
    this.square = null;
    this.frame.addEventListener("pointerdown", (event) => this.#grasp(event));
    this.frame.addEventListener("pointermove", (event) => this.#pull(event));
    for (const end of ["pointerup", "pointercancel"]) this.frame.addEventListener(end, (event) => this.#drop(event));
    this.frame.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Width and height of the picture, in its own pixels. */
  get picture() {
    return { width: this.image.naturalWidth, height: this.image.naturalHeight };
  }

  /** Shows a square; null hides it. */
  show(square) {
    this.square = square;
    this.frame.hidden = square === null;
    if (square === null) return;
    const { width, height } = this.picture;
    const percent = (value, of) => `${(100 * value) / of}%`;
    this.frame.style.left = percent(square.x - square.size / 2, width);
    this.frame.style.top = percent(square.y - square.size / 2, height);
    this.frame.style.width = percent(square.size, width);
    this.frame.style.height = percent(square.size, height);
  }

  #change(square) {
    this.show(square);
    this.onChange(square);
  }

  #point(event) {
    const shown = this.image.getBoundingClientRect();
    const scale = this.image.naturalWidth / shown.width;
    return { x: (event.clientX - shown.left) * scale, y: (event.clientY - shown.top) * scale };
  }

  #grasp(event) {
    if (this.grasped || event.button !== 0) return;
    const corner = event.target.dataset.corner?.split(",").map(Number) ?? null;
    this.grasped = { id: event.pointerId, corner, from: this.#point(event), square: this.square };
    this.frame.setPointerCapture(event.pointerId);
    this.frame.focus({ preventScroll: true });
    event.preventDefault();
  }

  #pull(event) {
    if (event.pointerId !== this.grasped?.id) return;
    const { corner, from, square } = this.grasped;
    const point = this.#point(event);
    if (corner) this.#change(cornered(square, corner, point, this.picture));
    else this.#change(moved(square, point.x - from.x, point.y - from.y, this.picture));
  }

  #drop(event) {
    if (event.pointerId === this.grasped?.id) this.grasped = null;
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const square = keyed(this.square, event.key, event.shiftKey, this.picture);
    if (square === null) return;
    event.preventDefault();
    this.#change(square);
  }
}
