/** What a page's address asks for. Unfit values are passed over, as if they were not there. */

import { offeredCodecs } from "./decoder.js";

const SIZES = [512, 256, 128];
const FULL = 512; // the picture's width and height in the space in which a crop is given
const COLOUR = /^#[0-9a-f]{6}$/i;

/**
 * @param {string} search `location.search`.
 * @param {string[]} [playable] the video codecs that this browser can show.
 * @returns {{character: string|null, session: string|null, token: string|null, overlay: boolean, codec: string|null, video: object}}
 *   `video` as `hello` takes it: `codecs`, `max_fps` and `fit` always, the others only where the address has them.
 */
export function readAddress(search, playable = []) {
  const asked = new URLSearchParams(search);
  return {
    character: asked.get("character") || null,
    session: asked.get("session") || null,
    token: asked.get("token") || null,
    codec: asked.get("codec") || null,
    overlay: ["1", "true"].includes(asked.get("overlay")),
    video: video(asked, playable),
  };
}

function video(asked, playable) {
  const wanted = { codecs: offeredCodecs(asked.get("codec"), playable), max_fps: fps(asked.get("fps")) };
  const size = Number(asked.get("size"));
  if (SIZES.includes(size)) wanted.size = size;
  wanted.fit = wanted.size === undefined; // the size is up to the server
  const background = asked.get("background") ?? "";
  if (background === "transparent" || COLOUR.test(background)) wanted.background = background;
  const quality = parseFloat(asked.get("quality"));
  if (quality >= 0 && quality <= 1) wanted.quality = quality;
  const crop = (asked.get("crop") ?? "").split(",").map(Number);
  if (isCrop(crop)) wanted.crop = crop;
  return wanted;
}

function fps(text) {
  const number = Math.round(Number(text));
  return number >= 1 && number <= 60 ? number : 30;
}

function isCrop([x, y, width, height, ...more]) {
  const whole = [x, y, width, height].every(Number.isInteger) && more.length === 0;
  return whole && x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= FULL && y + height <= FULL;
}

/**
 * The address of the viewer for a session, without any token: who is given the link is not given the secret.
 * @param {string} session
 * @param {object} video the present wishes.
 * @param {string} base the page's own address.
 */
export function viewerLink(session, { size, fit, background }, base) {
  const url = new URL("/view", base);
  url.searchParams.set("session", session);
  if (size && !fit) url.searchParams.set("size", size);
  if (background && background !== "transparent") url.searchParams.set("background", background);
  return url.href;
}
