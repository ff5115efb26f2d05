/**
 * The performance: the sliders, the camera, the voice and the expressions, joined to one stream.
 *
 *   sliders ─ expressions ─ voice ─► pose          while no camera is on
 *   camera on the server              ► image       the server makes the pose; a voice sends its mouth by pose
 *   camera in this browser ─ voice    ► blendshapes
 *
 * While a camera is on, the server lays the expressions over the pose that it makes.
 */

import { byId } from "./dom.js";
import { ExpressionPanel } from "./expression_panel.js";
import { Glide } from "./glide.js";
import { Mixer } from "./mixer.js";
import { Pose } from "./pose.js";
import { Poser } from "./poser.js";
import { RecordPanel } from "./record_panel.js";
import { VoicePanel } from "./voice_panel.js";
import { MOUTH, spoken, vowels } from "./voice.js";
import { Webcam } from "./webcam.js";

export class Performance {
  /**
   * @param {import("./stream.js").Stream} stream
   * @param {Object<string, number>} values of the pose at first.
   * @param {() => boolean} linked whether left and right move together.
   */
  constructor(stream, values, linked) {
    Object.assign(this, { stream, values, linked, puppet: null, source: null, mouth: null, voiced: false });
    this.webcam = new Webcam(byId("pane-camera"), stream, (source) => this.#tracked(source), (face) => spoken(face, this.mouth));
    this.voice = new VoicePanel(byId("voice"), (mouth) => this.#spoke(mouth));
    this.expressions = new ExpressionPanel(
      byId("pane-expressions"),
      (expression, weight) => this.puppet?.mixer.lay(expression, expression.values, weight),
      (active, fade) => this.source && this.#express(active, fade),
      () => this.#apart(),
    );
    this.recorder = new RecordPanel(byId("recorder"), byId("picture"), () => this.puppet?.mixer.sent ?? {}, (recording) => {
      stream.steady = recording;
    });
  }

  /** A session began, of a character with these parameters. */
  welcomed(parameters) {
    if (this.puppet?.pose.names.join() !== parameters.names.join()) this.puppet = this.#furnish(parameters);
    this.puppet.mixer.whole();
    this.voiced = false;
    this.webcam.welcomed();
    if (this.source) this.#express(this.expressions.active, 0);
  }

  /** Another picture is on the canvas. */
  shown() {
    this.recorder.shown();
  }

  /** The server's result for a camera picture; its pose, where it gives one, belongs in a track. */
  tracked(result) {
    this.webcam.tracked(result);
    if (result.values) this.recorder.sent(result.values);
  }

  /** The character is left. */
  leave() {
    this.webcam.stop();
    this.recorder.stop();
  }

  /** Builds what depends on the parameters of a character. */
  #furnish(parameters) {
    const pose = new Pose(parameters);
    const glide = new Glide(pose);
    pose.set(this.values);
    const mixer = new Mixer(pose, (changes) => this.#send(changes));
    new Poser(byId("sliders"), byId("tabs"), pose, glide, this.linked);
    return { pose, glide, mixer };
  }

  #send(changes) {
    if (this.source) return;
    this.stream.pose(changes);
    this.recorder.sent(changes);
  }

  // While a camera leads, the sliders rest; when it ends, the pose that they show is taken up again.
  #tracked(source) {
    const ended = this.source && !source;
    if (this.voiced) this.stream.channel.send({ type: "set", tracking: { mouth: true } });
    this.voiced = false;
    this.source = source;
    byId("poser").dataset.source = source ?? "sliders";
    if (source && this.expressions.active.length > 0) this.#express(this.expressions.active, 0);
    if (!ended) return;
    this.#express([], 0);
    this.puppet?.mixer.whole();
  }

  #spoke(mouth) {
    this.mouth = mouth.speaking ? mouth : null;
    const shut = Object.fromEntries(MOUTH.map((name) => [name, 0]));
    const shape = { ...shut, ...vowels(mouth.open, mouth.wide) };
    this.puppet?.mixer.lay("voice", shape, mouth.speaking ? 1 : 0);
    if (this.source === "server") this.#mouth(shape, mouth.speaking);
  }

  // The server leaves the vowels of the pose alone while it is told that the mouth is not the camera's.
  #mouth(shape, speaking) {
    if (speaking !== this.voiced) this.stream.channel.send({ type: "set", tracking: { mouth: !speaking } });
    this.voiced = speaking;
    const known = Object.entries(shape).filter(([name]) => name in this.puppet.pose.values);
    if (speaking) this.stream.pose(Object.fromEntries(known));
  }

  #express(active, milliseconds) {
    const values = Object.assign({}, ...active.map((each) => each.values));
    const fade = milliseconds / 1000;
    this.stream.channel.send({ type: "set", expression: active.length > 0 ? { values, fade } : { fade } });
  }

  /** What the pose has apart from rest. */
  #apart() {
    if (!this.puppet) return {};
    const { values } = this.puppet.pose;
    const rest = this.puppet.pose.rest();
    return Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== rest[name]));
  }
}
