/** A small stage: one character, live, to be turned by dragging and to make faces. */

import { attachDrag } from "./drag.js";
import { element } from "./dom.js";
import { Glide } from "./glide.js";
import { Pose } from "./pose.js";
import { PRESETS, faceOf } from "./presets.js";
import { resumeSecret } from "./memory.js";
import { Stream } from "./stream.js";

const SIZE = 256; // enough for a small stage, at a quarter of the cost
const FACES = ["smile", "wink", "surprised", "angry"];
const PASSING = new Set(["idle", "connecting", "live"]);

export class Stage {
  /**
   * @param {string} character
   * @param {string|null} token
   * @param {string[]} codecs that this browser can show.
   */
  constructor(character, token, codecs) {
    this.puppet = null;
    this.canvas = element("canvas", { width: SIZE, height: SIZE, role: "img", "aria-label": "The character as it draws now; drag to turn its head" });
    this.note = element("p", { class: "stage-note", role: "status", hidden: true });
    this.element = element("div", { class: "stage" }, element("div", { class: "live" }, this.canvas, this.note), this.#faces());
    const wishes = { role: "perform", character, token: token ?? undefined, idle: true, video: { codecs, max_fps: 30, size: SIZE } };
    this.stream = new Stream(this.canvas, wishes, this.#handlers(), resumeSecret(() => `workshop ${character}`));
    attachDrag(this.canvas, () => this.puppet, () => true);
  }

  open() {
    this.stream.open();
  }

  close() {
    this.stream.close();
  }

  #handlers() {
    const nothing = () => {};
    return {
      onState: (state) => this.#stand(state),
      onWelcome: ({ pose }) => this.#welcomed(pose),
      onVideo: nothing,
      onShown: nothing,
      onStats: nothing,
      onTrouble: (sentence) => this.#say(sentence),
    };
  }

  #welcomed(parameters) {
    const pose = new Pose(parameters);
    pose.addEventListener("change", ({ detail }) => this.stream.pose(detail.changes));
    this.puppet = { pose, glide: new Glide(pose) };
  }

  #stand({ name, why }) {
    this.element.dataset.state = name;
    this.#say(PASSING.has(name) ? "" : why || "The picture is not there at the moment.");
  }

  #say(sentence) {
    this.note.textContent = sentence;
    this.note.hidden = sentence === "";
  }

  #faces() {
    const face = ({ id, title, ...preset }) =>
      element("button", { type: "button", "data-face": id, onclick: () => this.#make(preset) }, title);
    const rest = element("button", { type: "button", "data-face": "rest", onclick: () => this.#make({ values: {} }) }, "Rest");
    const faces = PRESETS.filter(({ id }) => FACES.includes(id));
    return element("div", { class: "actions", role: "group", "aria-label": "Faces" }, ...faces.map(face), rest);
  }

  #make(preset) {
    this.puppet?.glide.to(faceOf(preset, this.puppet.pose));
  }
}
