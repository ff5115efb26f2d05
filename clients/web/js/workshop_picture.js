/** A picture on its way to a character: chosen, its head placed, and what the server makes of it. */

import { element } from "./dom.js";
import { download } from "./download.js";
import { HeadSquare } from "./workshop_head.js";
import { FULL, placement, replacement, toText } from "./workshop_square.js";

const QUIET_MILLISECONDS = 250; // of rest before the server is asked what it makes of a square

export class PicturePanel {
  /**
   * @param {HTMLElement} root `#from-picture`.
   * @param {import("./workshop_server.js").Server} server
   * @param {{onReady: (ready: boolean) => void, onTrouble: (sentence: string) => void}} handlers
   */
  constructor(root, server, handlers) {
    const part = (selector) => root.querySelector(selector);
    Object.assign(this, { server, handlers, drawing: null, file: null });
    Object.assign(this, { drop: part("#drop"), placing: part("#placing"), said: part("#said") });
    this.input = part("input[type=file]");
    this.removal = part("[name=remove-background]");
    this.canvas = part("canvas");
    this.head = new HeadSquare(part("#drawing"), () => this.#squareChanged());
    this.input.addEventListener("change", () => this.choose(this.input.files[0]));
    this.removal.addEventListener("change", () => this.#ask());
    part("[data-do=guess]").addEventListener("click", () => this.#ask(null));
    part("[data-do=another]").addEventListener("click", () => this.input.click());
    part("[data-do=save]").addEventListener("click", () => download(this.blob, "character.png"));
    this.#acceptDrops(root);
  }

  /** The head's square, or null where no picture is ready. */
  get square() {
    return this.drawing && this.head.square;
  }

  get removesBackground() {
    return this.removal.checked;
  }

  /** Takes a picture: shows it here, and asks the server where its head may be. */
  async choose(file) {
    if (!file) return;
    this.input.value = "";
    this.#busy(true);
    try {
      await this.#open(file);
    } catch (error) {
      this.handlers.onTrouble(error.message);
    } finally {
      this.#busy(false);
    }
  }

  async #open(file) {
    const form = new FormData();
    form.append("file", file, file.name || "picture.png");
    const drawn = await this.server.ask("/v1/drawings", { method: "POST", form });
    const { image } = this.head;
    URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(file);
    await image.decode();
    Object.assign(this, { drawing: drawn.id, file });
    this.removal.checked = true;
    this.drop.hidden = true;
    this.placing.hidden = false;
    await this.#made(drawn);
    this.handlers.onReady(true);
  }

  #squareChanged() {
    this.asked?.abort();
    this.#sketch();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#ask(), QUIET_MILLISECONDS);
  }

  /** Asks the server what it makes of a square, or for its own guess; only the newest answer counts. */
  async #ask(square = this.head.square) {
    clearTimeout(this.timer);
    this.asked?.abort();
    this.asked = new AbortController();
    const query = new URLSearchParams({ remove_background: this.removal.checked });
    if (square) query.set("head", toText(square));
    this.placing.setAttribute("aria-busy", "true");
    const { signal } = this.asked;
    try {
      await this.#made(await this.server.ask(`/v1/drawings/${this.drawing}?${query}`, { signal }));
    } catch (error) {
      if (!signal.aborted) this.#say([], [error.message]);
    }
    if (!signal.aborted) this.placing.removeAttribute("aria-busy");
  }

  async #made({ head, done, wrong, picture }) {
    const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
    this.blob = new Blob([bytes], { type: "image/png" });
    this.made = { head, bitmap: await createImageBitmap(this.blob) };
    this.head.show(head);
    this.#paint(this.made.bitmap, { scale: 1, left: 0, top: 0 });
    this.#say(done, wrong);
  }

  // Until the server has answered: the picture itself, or what is left of it without its background.
  #sketch() {
    if (this.removal.checked) this.#paint(this.made.bitmap, replacement(this.made.head, this.head.square));
    else this.#paint(this.head.image, placement(this.head.square));
  }

  #paint(source, { scale, left, top }) {
    const brush = this.canvas.getContext("2d");
    const width = source.naturalWidth ?? source.width;
    const height = source.naturalHeight ?? source.height;
    brush.clearRect(0, 0, FULL, FULL);
    brush.imageSmoothingQuality = "high";
    brush.drawImage(source, left, top, width * scale, height * scale);
  }

  #say(done, wrong) {
    const line = (kind) => (sentence) => element("li", { class: kind }, sentence);
    this.said.replaceChildren(...wrong.map(line("wrong")), ...done.map(line("done")));
  }

  #busy(busy) {
    this.drop.toggleAttribute("data-busy", busy);
    this.placing.toggleAttribute("data-busy", busy);
  }

  #acceptDrops(root) {
    const over = (is) => (event) => {
      event.preventDefault();
      root.toggleAttribute("data-over", is);
    };
    root.addEventListener("dragover", over(true));
    root.addEventListener("dragleave", over(false));
    root.addEventListener("drop", (event) => {
      over(false)(event);
      this.choose(event.dataTransfer.files[0]);
    });
    window.addEventListener("paste", (event) => root.offsetParent && this.choose(event.clipboardData?.files[0]));
  }
}
