/**
 * The camera's part of the page: start and stop, a mirrored preview, whether a face is seen, and by whom it is
 * tracked. The choices are remembered in this browser.
 */

import { BrowserTracker } from "./browser_tracker.js";
import { Camera } from "./camera.js";
import { element } from "./dom.js";
import { local } from "./memory.js";
import { ServerTracker } from "./server_tracker.js";

const PER_SECOND = 30;
const SIGNS = { off: "Camera off", opening: "Opening the camera…", seeking: "Looking for a face…", found: "Face found", lost: "Face lost" };

/** @returns {Promise<{server: boolean, browser: boolean, missing?: string}>} what the server says; else that it can. */
async function whoTracks() {
  const response = await fetch("/v1/tracking").catch(() => null);
  return response?.ok ? response.json() : { server: true, browser: false };
}

export class Webcam {
  /**
   * @param {HTMLElement} root has `video`, `[data-do]` buttons, `#face-sign`, `#camera-note` and `#camera-settings`.
   * @param {import("./stream.js").Stream} stream
   * @param {(tracker: "server"|"browser"|null) => void} onSource who tracks now; null while nobody does.
   * @param {(face: object) => object} adorn changes the face that this browser tracked before it is sent.
   */
  constructor(root, stream, onSource, adorn) {
    Object.assign(this, { root, stream, onSource, adorn, tracker: null, turn: 0 });
    this.find = (choice) => root.querySelector(choice);
    this.form = this.find("#camera-settings");
    this.camera = new Camera(this.find("video"));
    this.#remember(local.read("camera", {}));
    this.form.addEventListener("input", (event) => this.#changed(event.target));
    this.find("[data-do=start]").addEventListener("click", () => this.start());
    this.find("[data-do=stop]").addEventListener("click", () => this.stop());
    this.find("[data-do=calibrate]").addEventListener("click", () => this.#calibrate());
    this.#sign("off");
  }

  /** Asks the server, once, who can track, and offers that. */
  async offer() {
    if (this.offered) return;
    this.offered = true;
    const { server, browser, missing } = await whoTracks();
    this.find("[value=browser]").disabled = !browser;
    this.find("#not-installed").hidden = browser;
    const last = local.read("camera", {}).tracker;
    if (browser && (last === "browser" || !server)) this.find("[value=browser]").checked = true;
    else if (!server) this.#say(missing);
  }

  /** Opens the camera and tracks until `stop`; what goes wrong is said in the panel. */
  async start() {
    const turn = ++this.turn;
    this.#say("");
    this.#sign("opening");
    try {
      await this.offer();
      await this.camera.open(this.form.elements.device.value, (why) => this.stop(why));
      const there = await this.camera.list();
      if (turn !== this.turn) return;
      this.#list(there);
      await this.#track(this.form.elements.tracker.value);
      if (turn === this.turn) this.camera.each((now) => this.tracker?.step(now));
    } catch (error) {
      if (turn === this.turn) this.stop(error.message);
    }
  }

  /** Closes the camera. @param {string} [why] a sentence, where it was not the person's wish. */
  stop(why = "") {
    this.turn += 1;
    this.tracker?.close();
    this.tracker = null;
    this.camera.close();
    this.#sign("off");
    this.#say(why);
    this.onSource(null);
  }

  /** A session began: it does not know yet how it is to track. */
  welcomed() {
    this.tracker?.answered();
    if (this.tracker) this.#mirror();
  }

  /** The server's result for a picture. */
  tracked({ face }) {
    if (this.tracker?.answered()) this.#seen(face);
  }

  /** The server refused a message. @returns {boolean} whether the panel says so. */
  refused({ code, message }) {
    const mine = Boolean(this.tracker?.answered());
    if (mine && code === "no_tracker") this.stop(message);
    else if (mine) this.#say(message);
    return mine;
  }

  async #track(kind) {
    this.#sign("seeking");
    this.#mirror();
    this.find("#in-use").textContent = kind === "browser" ? "Tracked in this browser" : "Tracked on the server";
    this.onSource(kind);
    if (kind === "browser") this.tracker = new BrowserTracker(this.camera, (face, now) => this.#face(face, now));
    else this.tracker = new ServerTracker(this.camera, this.stream, PER_SECOND);
    await this.tracker.open();
  }

  #face(face, now) {
    this.#seen(face);
    if (face) this.stream.blendshapes(this.adorn(face), now);
  }

  #seen(face) {
    if (face) this.#sign("found");
    else if (this.root.dataset.face === "found") this.#sign("lost");
  }

  #calibrate() {
    this.stream.channel.send({ type: "calibrate" });
    this.#say("Look straight ahead for a moment: this becomes the face at rest.");
  }

  #changed(field) {
    const { tracker, device, mirror } = this.form.elements;
    local.keep("camera", { tracker: tracker.value, device: device.value, mirror: mirror.checked });
    if (field === mirror) this.#mirror();
    else if (this.tracker) this.#again();
  }

  #again() {
    this.stop();
    this.start();
  }

  #remember({ device, mirror }) {
    if (device) this.form.elements.device.append(element("option", { value: device, selected: true }, "The last camera"));
    this.form.elements.mirror.checked = mirror ?? false;
  }

  #mirror() {
    this.stream.channel.send({ type: "set", tracking: { mirror: this.form.elements.mirror.checked } });
  }

  #list({ open, cameras }) {
    const options = cameras.map(({ id, name }) => element("option", { value: id, selected: id === open }, name));
    this.form.elements.device.replaceChildren(...options);
  }

  #sign(state) {
    if (this.root.dataset.face === state) return;
    this.root.dataset.face = state;
    this.find("#face-sign").textContent = SIGNS[state];
    const off = state === "off";
    this.find("[data-do=start]").hidden = !off;
    this.find("[data-do=stop]").hidden = off;
    this.find("[data-do=calibrate]").hidden = off;
    this.find("#in-use").hidden = off;
  }

  #say(sentence) {
    this.find("#camera-note").textContent = sentence;
  }
}
