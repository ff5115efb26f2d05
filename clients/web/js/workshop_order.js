/** What is to be made: the form under the picture, or under the characters that may teach. */

import { listCharacters } from "./gallery.js";
import { element } from "./dom.js";
import { toText } from "./workshop_square.js";
import { idOf } from "./workshop_words.js";

const KINDS = { student: "a student", puppet: "a puppet", teacher: "a posed picture" };
const HINTS = {
  student: "A small network of its own, under 2 MB, that any device draws live. It learns here, on the server’s machine, and can be driven meanwhile.",
  teacher: "The full system poses the picture itself. There is nothing to wait for, but a frame costs many times a student’s.",
};

export class OrderForm {
  /**
   * @param {HTMLElement} root `#maker`.
   * @param {import("./workshop_server.js").Server} server
   * @param {import("./workshop_picture.js").PicturePanel} picture
   * @param {{systems: string[]}} offer of the server.
   * @param {{onJob: (job: object) => void, onCharacter: (character: object) => void}} handlers
   */
  constructor(root, server, picture, offer, handlers) {
    const part = (selector) => root.querySelector(selector);
    Object.assign(this, { root, server, picture, offer, handlers, characters: [], named: false });
    Object.assign(this, { form: part("#order"), teachers: part("#teachers"), problem: part("#order-problem") });
    this.fields = this.form.elements;
    this.fields.system.replaceChildren(...offer.systems.map((name) => element("option", { value: name }, name)));
    part("#origin").addEventListener("change", () => this.update());
    this.form.addEventListener("change", () => this.update());
    this.fields.name.addEventListener("input", () => (this.named = this.fields.name.value !== ""));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  get origin() {
    return this.root.querySelector("[name=origin]:checked").value;
  }

  get #kind() {
    return this.origin === "picture" ? this.fields.kind.value : "student";
  }

  get #teacher() {
    return this.characters.find(({ id }) => id === this.teachers.querySelector(":checked")?.value) ?? null;
  }

  /** Reads again which characters there are. */
  async load() {
    this.characters = await listCharacters();
    const chosen = this.#teacher?.id ?? this.characters[0]?.id;
    this.teachers.replaceChildren(...this.characters.map((each) => this.#card(each, each.id === chosen)));
    this.update();
  }

  /** Shows what the choices so far leave to choose. */
  update() {
    const fromPicture = this.origin === "picture";
    const show = (selector, shown) => (this.root.querySelector(selector).hidden = !shown);
    show("#from-picture", fromPicture);
    show("#from-character", !fromPicture);
    show("#no-system", fromPicture && this.offer.systems.length === 0);
    this.form.hidden = fromPicture && (!this.picture.square || this.offer.systems.length === 0);
    show("#kind", fromPicture);
    show("#kind-hint", fromPicture);
    this.root.querySelector("#kind-hint").textContent = HINTS[this.#kind];
    show("#system-field", fromPicture && this.offer.systems.length > 1);
    for (const field of this.root.querySelectorAll(".learning")) field.hidden = this.#kind === "teacher";
    this.root.querySelector("#begin").textContent = this.#kind === "teacher" ? "Make it" : "Begin to teach";
    this.problem.textContent = "";
    if (!fromPicture && !this.named) this.fields.name.value = this.#teacher ? `${this.#teacher.name}’s student` : "";
    if (fromPicture && !this.named) this.fields.name.value = "";
  }

  #card({ id, name, kind, preview }, chosen) {
    const choose = () => {
      this.named = false;
      this.update();
    };
    return element(
      "li",
      {},
      element(
        "label",
        { class: "teacher" },
        element("input", { type: "radio", name: "teacher", value: id, checked: chosen, class: "unseen", onchange: choose }),
        element("img", { src: preview, alt: "", loading: "lazy", width: "256", height: "256" }),
        element("span", {}, name, element("small", {}, KINDS[kind] ?? kind)),
      ),
    );
  }

  async #submit() {
    this.problem.textContent = "";
    this.fields.begin.disabled = true;
    try {
      if (this.#kind === "teacher") this.handlers.onCharacter(await this.#pose());
      else this.handlers.onJob(await this.server.ask("/v1/jobs", { method: "POST", json: await this.#order() }));
      this.named = false;
      await this.load();
    } catch (error) {
      this.problem.textContent = error.message;
    } finally {
      this.fields.begin.disabled = false;
    }
  }

  async #names() {
    const name = this.fields.name.value.trim();
    const jobs = await this.server.ask("/v1/jobs");
    const taken = [...this.characters.map(({ id }) => id), ...jobs.map(({ character }) => character)];
    return { id: idOf(name, taken), name };
  }

  async #order() {
    const { minutes, recipe, system } = this.fields;
    const order = { ...(await this.#names()), recipe: recipe.value };
    if (minutes.value) order.minutes = Number(minutes.value);
    if (this.origin === "character") return { ...order, character: this.#teacher?.id };
    const { drawing, square, removesBackground } = this.picture;
    const head = [square.x, square.y, square.size];
    return { ...order, drawing, system: system.value, head, remove_background: removesBackground };
  }

  async #pose() {
    const form = new FormData();
    const { id, name } = await this.#names();
    const { file, square, removesBackground } = this.picture;
    const fields = { id, name, teacher: this.fields.system.value, head: toText(square), remove_background: removesBackground };
    for (const [field, value] of Object.entries(fields)) form.append(field, value);
    form.append("file", file, file.name || "picture.png");
    return this.server.ask("/v1/characters", { method: "POST", form });
  }
}
