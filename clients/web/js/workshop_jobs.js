/** The jobs: one card each, kept up to date, the newest that can be driven with a stage. */

import { element } from "./dom.js";
import { Stage } from "./workshop_stage.js";
import { actions, figures, ordered, part, standing } from "./workshop_words.js";

const WORDS = { stop: "Stop", "go-on": "Go on", drive: "Try it", open: "Perform", remove: "Remove" };
const PICTURES = {
  "samples.png": "Teacher, student, and what differs",
  "curves.svg": "How it has learnt so far",
};

export class JobList {
  /**
   * @param {HTMLElement} list
   * @param {import("./workshop_server.js").Server} server
   * @param {string[]} codecs that this browser can show.
   * @param {{onChange: () => void, onTrouble: (sentence: string) => void}} handlers
   */
  constructor(list, server, codecs, handlers) {
    Object.assign(this, { list, server, codecs, handlers, cards: new Map(), staged: null, active: null });
  }

  /** Shows the jobs as the server tells them; the one at work gets the stage when it can be driven. */
  show(jobs) {
    const ids = new Set(jobs.map(({ id }) => id));
    for (const [id, card] of this.cards) if (!ids.has(id)) this.#drop(id, card);
    for (const job of jobs) {
      if (!this.cards.has(job.id)) this.#add(job);
      this.cards.get(job.id).show(job);
    }
    this.#arrange(ordered(jobs));
    const active = jobs.find(({ state, usable }) => usable && state === "running");
    if (active && this.active !== active.id) this.#stage(active.id);
    this.active = active?.id ?? this.active;
  }

  #arrange(jobs) {
    const elements = jobs.map(({ id }) => this.cards.get(id).element);
    if (elements.some((element, at) => this.list.children[at] !== element)) this.list.replaceChildren(...elements);
  }

  #add(job) {
    const card = new JobCard(job, {
      act: (action) => this.#act(job, action),
      picture: (name) => this.server.picture(`/v1/jobs/${job.id}/${name}`),
      stage: () => this.#stage(job.id),
    });
    this.cards.set(job.id, card);
  }

  #drop(id, card) {
    card.unstage();
    card.element.remove();
    this.cards.delete(id);
    if (this.staged === id) this.staged = null;
  }

  // One stage at a time: each is a session that the server draws.
  #stage(id) {
    if (this.staged !== null) this.cards.get(this.staged)?.unstage();
    this.staged = id;
    const card = this.cards.get(id);
    card.stage(new Stage(card.job.character, this.server.token, this.codecs));
  }

  async #act({ id, character, name, usable }, action) {
    if (action === "open") return location.assign(`/?character=${encodeURIComponent(character)}`);
    const stays = usable ? `What “${name}” has learnt so far stays as a character.` : `“${name}” has learnt nothing yet.`;
    if (action === "remove" && !confirm(`Remove this job? ${stays}`)) return undefined;
    const [path, method] = action === "remove" ? [`/v1/jobs/${id}`, "DELETE"] : [`/v1/jobs/${id}/${action}`, "POST"];
    try {
      await this.server.ask(path, { method });
    } catch (error) {
      this.handlers.onTrouble(error.message);
    }
    return this.handlers.onChange();
  }
}

class JobCard {
  constructor(job, edge) {
    Object.assign(this, { job, edge, live: null, shown: {} });
    this.title = element("h3", {}, job.name);
    this.source = element("p", { class: "hint" });
    this.standing = element("p", { class: "standing", role: "status" });
    this.bar = element("progress", { max: "1", "aria-label": "How far it is" });
    this.figures = element("p", { class: "figures" });
    this.pictures = element("div", { class: "pictures" });
    this.buttons = element("div", { class: "actions" });
    const head = element("header", {}, this.title, this.source);
    this.facts = element("div", { class: "facts" }, head, this.standing, this.bar, this.figures, this.buttons);
    this.element = element("li", { class: "job", "data-job": job.id }, this.facts, this.pictures);
  }

  show(job) {
    this.job = job;
    this.element.dataset.state = job.state;
    const { character, system } = job.source;
    const learns = job.state === "done" ? "learnt" : "learns";
    this.source.textContent = character ? `${learns} from ${character}` : `${learns} from a picture, by ${system ?? "the full system"}`;
    this.standing.textContent = standing(job);
    this.#progress(part(job));
    this.figures.textContent = figures(job.progress).join(" · ");
    this.#offer(actions(job));
    for (const [name, time] of Object.entries(job.pictures)) this.#picture(name, time);
  }

  stage(stage) {
    this.live = stage;
    this.element.prepend(stage.element);
    this.#offer(actions(this.job));
    stage.open();
  }

  unstage() {
    this.live?.close();
    this.live?.element.remove();
    this.live = null;
    this.#offer(actions(this.job));
  }

  #progress(done) {
    this.bar.hidden = !["running", "stopping", "stopped", "done"].includes(this.job.state);
    if (done === null) this.bar.removeAttribute("value");
    else this.bar.value = done;
  }

  #offer(names) {
    const all = names.filter((name) => name !== "drive" || !this.live);
    if (all.join() === this.offered) return;
    this.offered = all.join();
    this.buttons.replaceChildren(...all.map((name) => this.#button(name)));
  }

  #button(name) {
    const act = () => (name === "drive" ? this.edge.stage() : this.edge.act(name));
    return element("button", { type: "button", "data-do": name, onclick: act }, WORDS[name]);
  }

  async #picture(name, time) {
    if (this.shown[name] === time) return;
    this.shown[name] = time;
    const address = await this.edge.picture(name).catch(() => null);
    if (address === null) return;
    const old = this.pictures.querySelector(`[data-picture="${name}"]`);
    const image = element("img", { src: address, alt: PICTURES[name] });
    const open = element("a", { href: address, target: "_blank" }, image, element("span", {}, PICTURES[name]));
    const figure = element("figure", { "data-picture": name }, open);
    if (old) {
      URL.revokeObjectURL(old.querySelector("img").src);
      old.replaceWith(figure);
    } else {
      this.pictures.append(figure);
    }
  }
}
