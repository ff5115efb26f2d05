/** The page `/`: choose a character, then be it. This file only joins the parts. */

import { readAddress, viewerLink } from "./address.js";
import { offeredCodecs } from "./decoder.js";
import { ask, askToken, copy } from "./dialog.js";
import { byId, element } from "./dom.js";
import { attachDrag } from "./drag.js";
import { Gallery } from "./gallery.js";
import { playableVideo } from "./h264.js";
import { resumeSecret, session, tokens } from "./memory.js";
import { Overlay } from "./overlay.js";
import { Panes } from "./panes.js";
import { Performance } from "./performance.js";
import { PRESETS, faceOf, randomPose } from "./presets.js";
import { Awake, attachFullScreen } from "./screen.js";
import { HOW_TO_HTTPS, offersAuthority } from "./secure.js";
import { Settings, valuesOf, videoOf } from "./settings.js";
import { StatusLine } from "./status.js";
import { Stream } from "./stream.js";

const playable = await playableVideo();
const asked = readAddress(location.search, playable);
const kept = session.read("pose", { values: {}, seq: 0 });
const wishes = { role: "perform", character: null, video: asked.video };
let sessionId = null;

const status = new StatusLine(byId("status"), act);
const settings = new Settings(byId("settings"), valuesOf(asked.video, asked.codec), apply);
let codec = asked.codec === null ? "" : settings.values.codec; // the codec that is put first now
const resume = resumeSecret(() => wishes.character);
const stream = new Stream(byId("picture"), wishes, handlers(), resume, { seq: kept.seq });
const show = new Performance(stream, kept.values, () => settings.values.linked);
const overlay = new Overlay(byId("overlay"), stream.meter);
const gallery = new Gallery(byId("characters"), byId("gallery-note"), choose);
const awake = new Awake(() => stream.channel.state.name === "live");

wishes.token = asked.token ?? tokens.read("perform") ?? undefined;
byId("insecure").append(" ", HOW_TO_HTTPS);
byId("insecure").hidden = globalThis.isSecureContext;
offersAuthority().then((offered) => (byId("authority").hidden = !offered));
apply(settings.values);
listen();
start();

async function start() {
  if (asked.character) enter(asked.character);
  const characters = await gallery.load();
  if (!asked.character && characters.length === 1) enter(characters[0].id);
}

/** Shows one character, or the gallery for null. */
function enter(character) {
  if (character === wishes.character) return;
  if (wishes.character) show.leave();
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
  enter(character);
}

function handlers() {
  return {
    onState(state) {
      if (state.name === "unauthorised") tokens.forget(wishes.token);
      status.state(state);
      awake.update();
    },
    onWelcome: welcomed,
    onVideo: streamed,
    onShown(frame) {
      overlay.frame(frame);
      show.shown();
    },
    onStats: (stats) => overlay.stats(stats),
    onTrouble: (sentence) => status.trouble(sentence),
    onTracking: (result) => show.tracked(result),
    onRefused: (error) => show.webcam.refused(error),
  };
}

function welcomed(welcome) {
  sessionId = welcome.session;
  tokens.keep("perform", wishes.token);
  byId("character-name").textContent = welcome.character.name;
  document.title = `${welcome.character.name} · Bunraku`;
  show.welcomed(welcome.pose);
}

function streamed(video) {
  overlay.video(video);
  byId("automatic").textContent = video.fit ? `Auto: ${video.size}` : "Auto";
}

/** Applies the settings: to the page at once, to the stream where they differ. */
function apply(values) {
  const video = videoOf(values);
  if (values.codec !== codec) {
    codec = values.codec;
    video.codecs = offeredCodecs(codec, playable);
  }
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
  new Panes(byId("panes"), (id) => id === "camera" && show.webcam.offer());
  attachDrag(byId("picture"), () => show.puppet, () => settings.values.spring);
  attachFullScreen(byId("full-screen"), byId("stage"));
  byId("reset").addEventListener("click", () => show.puppet?.glide.to(show.puppet.pose.rest()));
  byId("random").addEventListener("click", () => show.puppet?.glide.to(randomPose(show.puppet.pose)));
  byId("copy-pose").addEventListener("click", copyPose);
  byId("paste-pose").addEventListener("click", pastePose);
  byId("viewer-link").addEventListener("click", copyLink);
  byId("change-character").addEventListener("click", () => choose(null));
  window.addEventListener("popstate", () => enter(readAddress(location.search).character));
  window.addEventListener("pagehide", remember);
}

function preset(id) {
  show.puppet?.glide.to(faceOf(PRESETS.find((each) => each.id === id), show.puppet.pose));
}

async function copyPose() {
  if (show.puppet && (await copy(show.puppet.pose.toText(), "Pose"))) status.notice("The pose is on the clipboard.");
}

async function pastePose() {
  const { puppet } = show;
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
  }
  stream.open();
}

function remember() {
  if (show.puppet) session.keep("pose", { values: show.puppet.pose.values, seq: stream.seq });
}
