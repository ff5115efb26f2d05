/** The voice's part of the page: a switch, a gauge, and the mouth that goes with what is heard. */

import { Microphone } from "./microphone.js";
import { Voice } from "./voice.js";

export class VoicePanel {
  /**
   * @param {HTMLElement} root has `[name=voice]`, `meter` and `#voice-note`.
   * @param {(mouth: {speaking: boolean, open: number, wide: number}) => void} onMouth at each piece of sound; once
   *   with a shut mouth at the end.
   */
  constructor(root, onMouth) {
    Object.assign(this, { onMouth, microphone: new Microphone() });
    this.toggle = root.querySelector("[name=voice]");
    this.gauge = root.querySelector("meter");
    this.note = root.querySelector("#voice-note");
    this.toggle.addEventListener("change", () => (this.toggle.checked ? this.#start() : this.#stop("")));
  }

  async #start() {
    this.note.textContent = "";
    const voice = new Voice();
    try {
      await this.microphone.open((level, bands) => this.#heard(voice.step(level, bands)));
      if (!this.toggle.checked) this.#stop("");
    } catch (error) {
      this.#stop(error.message);
    }
  }

  #stop(why) {
    this.microphone.close();
    this.toggle.checked = false;
    this.note.textContent = why;
    this.#heard({ speaking: false, open: 0, wide: 0 });
  }

  #heard(mouth) {
    this.gauge.value = mouth.open;
    this.onMouth(mouth);
  }
}
