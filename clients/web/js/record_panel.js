/** The recorder's part of the page: one button, a clock, and two files at the end: the film and its pose track. */

import { download } from "./download.js";
import { Recorder, isTransparent } from "./recorder.js";
import { Track } from "./track.js";

const EMPTY = "The film came out empty: this browser made no picture of it.";
const LOST = " This browser records no transparency; a colour as background is kept.";

export class RecordPanel {
  /**
   * @param {HTMLElement} root has `#record`, `#record-clock`, `#record-note` and `[name=keep-track]`.
   * @param {HTMLCanvasElement} canvas
   * @param {() => Object<string, number>} pose the whole pose that is sent now.
   * @param {(recording: boolean) => void} onChange
   */
  constructor(root, canvas, pose, onChange) {
    Object.assign(this, { canvas, pose, onChange, recorder: null, track: null });
    this.find = (choice) => root.querySelector(choice);
    this.find("#record").addEventListener("click", () => (this.recorder ? this.stop() : this.start()));
  }

  start() {
    try {
      this.recorder = new Recorder(this.canvas);
    } catch (error) {
      this.#say(error.message);
      return;
    }
    this.began = performance.now();
    this.track = new Track(this.pose(), this.began);
    this.#say("");
    this.#show(true);
    this.timer = setInterval(() => this.#tick(), 250);
  }

  /** Another picture is shown. */
  shown() {
    this.recorder?.paint();
  }

  /** Notes a change of the pose, or a whole one as a list, in the track of a recording that runs. */
  sent(changes) {
    this.track?.add(changes, performance.now());
  }

  async stop() {
    const { recorder, track } = this;
    if (!recorder) return;
    this.recorder = this.track = null;
    clearInterval(this.timer);
    track.add({}, performance.now()); // so that it lasts as long as the film
    this.#show(false);
    const film = await recorder.stop();
    const name = `bunraku-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}`;
    if (film.size > 0) download(film, `${name}.${recorder.suffix}`);
    if (this.find("[name=keep-track]").checked) download(new Blob([track.toText()]), `${name}.jsonl`);
    this.#say(film.size > 0 ? `${name}.${recorder.suffix} is saved.${await this.#lost(film)}` : EMPTY);
  }

  async #lost(film) {
    return this.#isClear() && !(await isTransparent(film)) ? LOST : "";
  }

  #isClear() {
    const { width, height } = this.canvas;
    const { data } = this.canvas.getContext("2d").getImageData(0, 0, width, height);
    return data.some((value, i) => i % 4 === 3 && value < 255);
  }

  #show(recording) {
    this.find("#record").setAttribute("aria-pressed", String(recording));
    this.find("#record").textContent = recording ? "Stop recording" : "Record";
    this.#tick();
    this.onChange(recording);
  }

  #tick() {
    const seconds = this.recorder ? Math.floor((performance.now() - this.began) / 1000) : 0;
    this.find("#record-clock").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  #say(sentence) {
    this.find("#record-note").textContent = sentence;
  }
}
