/** The page `/workshop`: from a picture, or from another character, to a character. This file only joins the parts. */

import { readAddress } from "./address.js";
import { askToken } from "./dialog.js";
import { byId } from "./dom.js";
import { playableVideo } from "./h264.js";
import { StatusLine } from "./status.js";
import { JobList } from "./workshop_jobs.js";
import { OrderForm } from "./workshop_order.js";
import { PicturePanel } from "./workshop_picture.js";
import { Server } from "./workshop_server.js";

const BUSY_MILLISECONDS = 1000;
const QUIET_MILLISECONDS = 5000;

const asked = readAddress(location.search, await playableVideo());
const status = new StatusLine(byId("status"), () => {});
const server = new Server(asked.token, askToken);
const trouble = (sentence) => status.trouble(sentence);

let timer = null;

try {
  open(await server.ask("/v1/workshop"));
} catch (error) {
  byId("closed").textContent = error.message;
  byId("closed").hidden = false;
}

async function open(offer) {
  byId("maker").hidden = false;
  byId("at-work").hidden = false;
  const picture = new PicturePanel(byId("from-picture"), server, { onReady: () => order.update(), onTrouble: trouble });
  const order = new OrderForm(byId("maker"), server, picture, offer, {
    onJob: begun,
    onCharacter: ({ id }) => location.assign(`/?character=${encodeURIComponent(id)}`),
  });
  const jobs = new JobList(byId("jobs"), server, asked.video.codecs, { onChange: () => look(jobs), onTrouble: trouble });
  order.update();
  look(jobs);
  await order.load().catch((error) => trouble(error.message));

  function begun(job) {
    status.notice(`${job.name} is being taught.`);
    look(jobs).then(() => byId("at-work").scrollIntoView({ block: "start" }));
  }
}

/** Shows how the jobs stand, and looks again before long. */
async function look(jobs) {
  clearTimeout(timer);
  let wait = QUIET_MILLISECONDS;
  try {
    const all = await server.ask("/v1/jobs");
    jobs.show(all);
    byId("no-jobs").hidden = all.length > 0;
    if (all.some(({ state }) => ["queued", "running", "stopping"].includes(state)) && !document.hidden) wait = BUSY_MILLISECONDS;
  } catch (error) {
    trouble(error.message);
    if (error.status === 503) wait = BUSY_MILLISECONDS; // a server that starts
  }
  clearTimeout(timer);
  timer = setTimeout(() => look(jobs), wait);
}
