/**
 * The page `/view`: nothing but the picture, for a stream's scene or a second screen. With `?session=ID` it
 * watches that session; with `?character=ID` it performs by itself, by idle motion alone.
 */

import { readAddress } from "./address.js";
import { offeredCodecs } from "./decoder.js";
import { askToken } from "./dialog.js";
import { byId } from "./dom.js";
import { playableVideo } from "./h264.js";
import { noSecret, resumeSecret, tokens } from "./memory.js";
import { Overlay } from "./overlay.js";
import { Awake } from "./screen.js";
import { StatusLine } from "./status.js";
import { Stream } from "./stream.js";

/** While a picture is there, these states are not worth covering it with words. */
const PASSING = new Set(["connecting", "live", "lost", "full", "absent"]);
const PATIENCE = 1; // times that the session may be absent before the old picture would pass for a live one

const asked = readAddress(location.search);
const status = new StatusLine(byId("status"), act);
const watched = asked.session !== null;
const wishes = watched
  ? { role: "watch", session: asked.session, video: asked.video }
  : { role: "perform", character: asked.character, idle: true, video: asked.video };
wishes.token = asked.token ?? tokens.read(wishes.role) ?? undefined;
let absences = 0; // since the last picture

const stream = new Stream(
  byId("picture"),
  wishes,
  {
    onState: (state) => {
      if (state.name === "absent") absences += 1;
      if (state.name === "unauthorised") tokens.forget(wishes.token);
      status.state(state);
      awake.update();
      hush();
    },
    onWelcome: (welcome) => {
      tokens.keep(wishes.role, wishes.token);
      document.title = `${welcome.character?.name ?? "Viewer"} · Bunraku`;
    },
    onVideo: (video) => {
      document.body.style.setProperty("background-color", video.background ?? "transparent");
      overlay.video(video);
    },
    onShown: (frame) => {
      absences = 0;
      overlay.frame(frame);
      hush();
    },
    onStats: (stats) => overlay.stats(stats),
    onTrouble: (sentence) => status.trouble(sentence),
  },
  watched ? noSecret : resumeSecret(() => asked.character),
  { ready: Promise.resolve().then(offer) },
);
const overlay = new Overlay(byId("overlay"), stream.meter);
const awake = new Awake(() => stream.channel.state.name === "live");
byId("overlay").hidden = !asked.overlay;
byId("latency-part").hidden = watched; // only who sends the poses knows when they were sent

if (asked.session || asked.character) stream.open();
else status.state({ name: "refused", why: "This address names neither a session nor a character." });

/** Asks the browser what it can show, while the connection is made. */
async function offer() {
  wishes.video.codecs = offeredCodecs(asked.codec, await playableVideo());
}

/** Hides the status line, but for trouble, while nothing in it is worth covering the picture. */
function hush() {
  const passing = PASSING.has(stream.channel.state.name) && absences <= PATIENCE;
  const quiet = !asked.overlay && stream.meter.total > 0 && passing;
  document.body.classList.toggle("quiet", quiet);
}

async function act(state) {
  if (state === "unauthorised") {
    const token = await askToken();
    if (token === null) return;
    wishes.token = token;
  }
  stream.open();
}
