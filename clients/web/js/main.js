/** The page `/`: choose a character, then pose it by hand. This file only joins the parts. */

import { readAddress, viewerLink } from "./address.js";
import { ask, askToken, copy } from "./dialog.js";
import { byId, element } from "./dom.js";
import { attachDrag } from "./drag.js";
import { Gallery } from "./gallery.js";
import { Glide } from "./glide.js";
import { playableVideo } from "./h264.js";
import { resumeSecret, session } from "./memory.js";
import { Overlay } from "./overlay.js";
import { Pose } from "./pose.js";
import { Poser } from "./poser.js";
import { PRESETS, faceOf, randomPose } from "./presets.js";
import { Settings, valuesOf, videoOf } from "./settings.js";
import { StatusLine } from "./status.js";
import { Stream } from "./stream.js";

const asked = readAddress(location.search, await playableVideo());
const kept = session.read("pose", { values: {}, seq: 0 });
const wishes = { role: "perform", character: null, video: asked.video };
let puppet = null; // the pose and what moves it, once the server has said which parameters there are
let sessionId = null;

const status = new StatusLine(byId("status"), act);
const settings = new Settings(byId("settings"), valuesOf(asked.video), apply);
const resume = resumeSecret(() => wishes.character);
const stream = new Stream(byId("picture"), wishes, handlers(), resume, kept.seq);
const overlay = new Overlay(byId("overlay"), stream.meter);
const gallery = new Gallery(byId("characters"), byId("gallery-note"), choose);

wishes.token = asked.token ?? session.read("token") ?? undefined;
apply(settings.values);
listen();
start();

async function start() {
  if (asked.character) show(asked.character);
  const characters = await gallery.load();
  if (!asked.character && characters.length === 1) show(characters[0].id);
}

/** Shows one character, or the gallery for null. */
function show(character) {
  if (character === wishes.character) return;
  if (wishes.character) stream.close();
  wishes.character = character;
  byId("gallery").hidden = character !== null;
  byId("poser").hidden = character === null;
  byId("change-character").hidden = character === null;
  byId("character-name").textContent = "";
  document.title = "Bunraku";
  if (character) stream.open();
}

function choose(character) {
  const url = new URL(location.href);
  if (character) url.searchParams.set("character", character);
  else url.searchParams.delete("character");
  history.pushState(null, "", url);
  show(character);
}

function handlers() {
  return {
    onState: (state) => status.state(state),
    onWelcome: welcomed,
    onVideo: (video) => overlay.video(video),
    onShown: (frame) => overlay.frame(frame),
    onStats: (stats) => overlay.stats(stats),
    onTrouble: (sentence) => status.trouble(sentence),
  };
}

function welcomed(welcome) {
  sessionId = welcome.session;
  byId("character-name").textContent = welcome.character.name;
  document.title = `${welcome.character.name} · Bunraku`;
  if (puppet?.pose.names.join() !== welcome.pose.names.join()) puppet = furnish(welcome.pose);
  stream.pose(puppet.pose.values);
}

/** Builds what depends on the parameters of a character. */
function furnish(parameters) {
  const pose = new Pose(parameters);
  const glide = new Glide(pose);
  pose.set(kept.values);
  pose.addEventListener("change", ({ detail }) => stream.pose(detail.changes));
  new Poser(byId("sliders"), byId("tabs"), pose, glide, () => settings.values.linked);
  return { pose, glide };
}

/** Applies the settings: to the page at once, to the stream where they differ. */
function apply(values) {
  const video = videoOf(values);
  const changed = Object.keys(video).some((name) => video[name] !== wishes.video[name]);
  const idle = values.idle === wishes.idle ? undefined : values.idle;
  if (changed || idle !== undefined) stream.set({ video: changed ? video : undefined, idle });
  byId("stage").dataset.background = values.background;
  byId("stage").style.setProperty("--colour", values.colour);
  byId("overlay").hidden = !(values.overlay || asked.overlay);
}

function listen() {
  const presets = PRESETS.map(({ id, title }) =>
    element("button", { type: "button", "data-preset": id, onclick: () => preset(id) }, title),
  );
  byId("presets").append(...presets);
  attachDrag(byId("picture"), () => puppet, () => settings.values.spring);
  byId("reset").addEventListener("click", () => puppet?.glide.to(puppet.pose.rest()));
  byId("random").addEventListener("click", () => puppet?.glide.to(randomPose(puppet.pose)));
  byId("copy-pose").addEventListener("click", copyPose);
  byId("paste-pose").addEventListener("click", pastePose);
  byId("viewer-link").addEventListener("click", copyLink);
  byId("change-character").addEventListener("click", () => choose(null));
  window.addEventListener("popstate", () => show(readAddress(location.search).character));
  window.addEventListener("pagehide", remember);
}

function preset(id) {
  puppet?.glide.to(faceOf(PRESETS.find((each) => each.id === id), puppet.pose));
}

async function copyPose() {
  if (puppet && (await copy(puppet.pose.toText(), "Pose"))) status.notice("The pose is on the clipboard.");
}

async function pastePose() {
  if (!puppet) return;
  const text = await ask({
    id: "paste",
    title: "Paste a pose",
    hint: "A map of parameter names to numbers; what it leaves out goes to rest.",
    accept: "Take this pose",
    check: (given) => puppet.pose.read(given),
  });
  if (text !== null) puppet.glide.to(puppet.pose.read(text));
}

async function copyLink() {
  if (!sessionId) return;
  const link = viewerLink(sessionId, wishes.video, location.href);
  if (await copy(link, "Viewer link")) status.notice("The viewer link is on the clipboard.");
}

/** The button of the status line. */
async function act(state) {
  if (state === "unauthorised") {
    const token = await askToken();
    if (token === null) return;
    wishes.token = token;
    session.keep("token", token);
  }
  stream.open();
}

function remember() {
  if (puppet) session.keep("pose", { values: puppet.pose.values, seq: stream.seq });
}
