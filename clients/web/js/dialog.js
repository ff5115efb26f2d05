/** A dialog that shows or asks for one text. */

import { element } from "./dom.js";

/**
 * Asks, and waits for the answer.
 * @param {object} question
 * @param {string} question.id of the dialog; its field is `ID-text`, its main button `ID-accept`.
 * @param {string} question.title
 * @param {string} question.hint one sentence.
 * @param {string} question.accept label of the main button.
 * @param {string} [question.text] what the field holds at first, selected.
 * @param {boolean} [question.secret] for a line that is not to be seen; otherwise the field has many lines.
 * @param {(text: string) => void} [question.check] throws an Error whose sentence is shown, and the dialog stays.
 * @returns {Promise<string|null>} null where the person turned away.
 */
export function ask({ id, title, hint, accept, text = "", secret = false, check = () => {} }) {
  const field = secret
    ? element("input", { type: "password", id: `${id}-text`, autocomplete: "off", "aria-label": title })
    : element("textarea", { id: `${id}-text`, rows: "10", spellcheck: "false", "aria-label": title });
  field.value = text;
  const problem = element("p", { class: "problem", role: "alert" });
  const dialog = element(
    "dialog",
    { id, "aria-label": title },
    element("h2", {}, title),
    element("p", { class: "hint" }, hint),
    form(field, problem, id, accept),
  );
  document.body.append(dialog);
  dialog.showModal();
  field.select();
  return answer(dialog, field, problem, check);
}

function form(field, problem, id, accept) {
  const buttons = element(
    "menu",
    {},
    element("button", { type: "button", value: "cancel" }, "Cancel"),
    element("button", { type: "submit", class: "primary", id: `${id}-accept` }, accept),
  );
  return element("form", { method: "dialog" }, field, problem, buttons);
}

function answer(dialog, field, problem, check) {
  return new Promise((resolve) => {
    let given = null;
    dialog.querySelector('[value="cancel"]').addEventListener("click", () => dialog.close());
    dialog.querySelector("form").addEventListener("submit", (event) => {
      try {
        check(field.value);
        given = field.value;
      } catch (error) {
        event.preventDefault();
        problem.textContent = error.message;
      }
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(given);
    });
  });
}

/** Asks for the token of this server; null where none was given. */
export async function askToken() {
  const token = await ask({
    id: "token",
    title: "Token",
    hint: "This server asks for a token before it lets anyone in.",
    accept: "Go on",
    secret: true,
  });
  return token?.trim() || null;
}

/**
 * Puts a text on the clipboard, or shows it for copying by hand where the browser keeps the clipboard shut
 * (as it does for a page that came over plain HTTP from another machine).
 * @returns {Promise<boolean>} whether it is on the clipboard.
 */
export async function copy(text, title) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    await ask({ id: "copy", title, hint: "Copy this text.", accept: "Done", text });
    return false;
  }
}
