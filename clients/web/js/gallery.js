/** The gallery: the characters that the server has, with their previews, to choose one. */

import { element } from "./dom.js";

/** What a person reads for a character's kind; a student needs no word, since that is what one expects. */
const KINDS = { puppet: "puppet", teacher: "posed picture" };

const STARTING_MILLISECONDS = 1000; // between two questions to a server that does not know its characters yet

/**
 * The characters of the server; one that is starting is asked again until it knows them.
 * @param {(sentence: string) => void} onWait takes what such a server says.
 * @returns {Promise<{id: string, name: string, kind: string, preview: string}[]>}
 * @throws {Error} with one plain sentence.
 */
export async function listCharacters(onWait = () => {}) {
  const response = await fetch("/v1/characters").catch(() => null);
  if (!response) throw new Error("The server cannot be reached.");
  const body = await response.json().catch(() => null);
  if (response.status === 503 && body?.error) {
    onWait(body.error.message);
    await new Promise((resolve) => setTimeout(resolve, STARTING_MILLISECONDS));
    return listCharacters(onWait);
  }
  if (!response.ok) throw new Error(body?.error?.message ?? `The server answered with ${response.status}.`);
  if (!Array.isArray(body)) throw new Error("The server's list of characters cannot be read.");
  return body;
}

export class Gallery {
  /**
   * @param {HTMLElement} list takes the cards, `[data-character=ID]`.
   * @param {HTMLElement} note takes a sentence where there are no cards to show.
   * @param {(id: string) => void} onChoose
   */
  constructor(list, note, onChoose) {
    Object.assign(this, { list, note, onChoose });
  }

  /** Reads the list again and shows it. @returns {Promise<object[]>} empty on failure. */
  async load() {
    try {
      const characters = await listCharacters((sentence) => this.#say(sentence, false));
      this.#show(characters);
      return characters;
    } catch (error) {
      this.#say(error.message, true);
      return [];
    }
  }

  #show(characters) {
    if (characters.length === 0) this.#say("This server has no characters yet.", false);
    else this.#say("", false);
    this.list.replaceChildren(...characters.map((character) => this.#card(character)));
  }

  #card({ id, name, kind, preview }) {
    const image = element("img", { src: preview, alt: "", loading: "lazy", width: "512", height: "512" });
    image.addEventListener("error", () => image.classList.add("missing"));
    const choose = () => this.onChoose(id);
    const button = element(
      "button",
      { type: "button", class: "card", "data-character": id, onclick: choose },
      image,
      element("span", { class: "name" }, name, element("span", { class: "kind" }, KINDS[kind] ?? "")),
    );
    return element("li", {}, button);
  }

  #say(sentence, failed) {
    this.note.replaceChildren(sentence);
    if (failed) {
      this.list.replaceChildren();
      this.note.append(" ", element("button", { type: "button", onclick: () => this.load() }, "Try again"));
    }
    this.note.hidden = sentence === "";
  }
}
