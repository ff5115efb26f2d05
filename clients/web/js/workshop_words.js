/** What a person reads about a job, and the id that a name makes. Rules alone. */

const STATES = { running: "Getting ready", stopping: "Stopping; it keeps what it has", stopped: "Stopped" };

/** A time in words, to the coarseness that matters: `90` is "2 min". */
export function duration(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 24) return `${Math.round(hours / 24)} days`;
  return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
}

/**
 * How a job stands, in one line.
 * @param {object} job as the server tells it.
 */
export function standing({ state, ahead, why, progress, ended, began }) {
  if (state === "queued") return ahead > 0 ? `Waiting; ${ahead} before it` : "Beginning…";
  if (state === "failed") return why;
  if (state === "done") return `Done${began && ended ? ` after ${duration(ended - began)}` : ""}`;
  if (state === "running" && progress?.phase) return [capital(progress.phase), ...left(progress)].join(" · ");
  return STATES[state] ?? state;
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

const left = ({ remaining_seconds: seconds }) => (Number.isFinite(seconds) ? [`${duration(seconds)} left`] : []);

/** Figures of a job's progress: how likely the student is to its teacher, and how far it is. */
export function figures(progress) {
  if (!progress) return [];
  const { psnr, step, steps, rate } = progress;
  const found = [];
  if (Number.isFinite(psnr)) found.push(`${psnr.toFixed(1)} dB`);
  if (steps > 0) found.push(`step ${step.toLocaleString("en")} of ${steps.toLocaleString("en")}`);
  if (rate > 0) found.push(`${rate < 10 ? rate.toFixed(1) : Math.round(rate)} poses a second`);
  return found;
}

const rank = ({ state }) => ({ running: 0, stopping: 0, queued: 1 })[state] ?? 2;

/** Jobs as a person looks for them: the one at work, those that wait, and the others, newest first. */
export function ordered(jobs) {
  return [...jobs].sort((a, b) => rank(a) - rank(b) || (rank(a) === 1 ? a.ahead - b.ahead : b.made - a.made));
}

/** How far a job is, from 0 to 1; null where that is not known. */
export function part({ state, progress }) {
  if (state === "done") return 1;
  return progress?.steps > 0 ? Math.min(1, progress.step / progress.steps) : null;
}

/** What may be done to a job now. */
export function actions({ state, usable }) {
  const found = [];
  if (state === "running" || state === "queued") found.push("stop");
  if (state === "stopped" || state === "failed") found.push("go-on");
  if (usable) found.push("drive", "open");
  if (state !== "stopping") found.push("remove");
  return found;
}

/**
 * The id for a name: letters, digits and dashes, and not one that is taken.
 * @param {string} name
 * @param {Iterable<string>} taken
 */
export function idOf(name, taken) {
  const plain = name.normalize("NFKD").replace(/[\u0300-\u036f]/g, "");
  const base = plain.replace(/['’]/g, "").replace(/[^A-Za-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 56).toLowerCase() || "character";
  const used = new Set([...taken].map((each) => each.toLowerCase()));
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? base : `${base}-${number}`;
    if (!used.has(id)) return id;
  }
}
