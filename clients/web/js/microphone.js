/** The microphone: its level and spectrum, about sixty times a second. Nothing that is heard leaves this page. */

import { Beat } from "./beat.js";
import { HOW_TO_HTTPS } from "./secure.js";

const PER_SECOND = 60;
const EDGES = [80, 500, 900, 1700, 3500]; // Hz, between the bands
const FLOOR = -100; // dB

const INSECURE = `Browsers give a microphone only to pages over https or from this machine. ${HOW_TO_HTTPS}`;
const PROBLEMS = {
  NotAllowedError: "The browser was not allowed to use the microphone.",
  NotFoundError: "There is no microphone.",
  NotReadableError: "The microphone is in use by another program.",
};

export class Microphone {
  /**
   * Opens it.
   * @param {(level: number, bands: number[]) => void} onSound level in dB, and the power between 80, 500, 900, 1700
   *   and 3500 Hz.
   * @throws {Error} with plain words.
   */
  async open(onSound) {
    if (!navigator.mediaDevices) throw new Error(INSECURE);
    try {
      this.flow = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
    } catch (error) {
      throw new Error(PROBLEMS[error.name] ?? `The microphone cannot be opened: ${error.message}`);
    }
    this.sound = new AudioContext();
    this.analyser = new AnalyserNode(this.sound, { fftSize: 1024, smoothingTimeConstant: 0.3, minDecibels: FLOOR });
    this.sound.createMediaStreamSource(this.flow).connect(this.analyser);
    this.beat = new Beat(1000 / PER_SECOND, () => onSound(this.#level(), this.#bands()));
  }

  close() {
    this.beat?.close();
    this.flow?.getTracks().forEach((track) => track.stop());
    this.sound?.close();
    this.flow = this.sound = this.beat = null;
  }

  #level() {
    const samples = new Float32Array(this.analyser.fftSize);
    this.analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, each) => sum + each * each, 0) / samples.length;
    return Math.max(FLOOR, 10 * Math.log10(power));
  }

  #bands() {
    const decibels = new Float32Array(this.analyser.frequencyBinCount);
    this.analyser.getFloatFrequencyData(decibels);
    const bin = this.sound.sampleRate / this.analyser.fftSize;
    return EDGES.slice(1).map((edge, i) => {
      const part = decibels.slice(Math.ceil(EDGES[i] / bin), Math.ceil(edge / bin));
      return part.reduce((sum, each) => sum + 10 ** (each / 10), 0);
    });
  }
}
