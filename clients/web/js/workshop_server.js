/** The server's side of the workshop: requests with the admin's token, which is asked for where it is wanted. */

import { session } from "./memory.js";

export class Refusal extends Error {
  constructor(status, code, sentence) {
    super(sentence);
    Object.assign(this, { status, code });
  }
}

export class Server {
  /**
   * @param {string|null} token
   * @param {() => Promise<string|null>} askToken null where the person gave none.
   */
  constructor(token, askToken) {
    this.token = token ?? session.read("admin");
    this.askToken = askToken;
  }

  /**
   * Sends a request and reads its answer as JSON.
   * @param {string} path
   * @param {{method?: string, json?: object, form?: FormData, signal?: AbortSignal}} [options]
   * @throws {Refusal} with one plain sentence.
   */
  async ask(path, options = {}) {
    const response = await this.#fetch(path, options);
    return response.status === 204 ? null : response.json();
  }

  /** An address, good in this page, for a picture that only an admin may see. */
  async picture(path) {
    return URL.createObjectURL(await (await this.#fetch(path, {})).blob());
  }

  async #fetch(path, options) {
    const response = await this.#send(path, options);
    if (response.ok) return response;
    if (response.status === 401) {
      const token = await this.#another();
      if (token !== null) return this.#fetch(path, options);
    }
    const body = await response.json().catch(() => null);
    throw new Refusal(response.status, body?.error?.code, body?.error?.message ?? `The server answered with ${response.status}.`);
  }

  async #send(path, { method = "GET", json, form, signal }) {
    const headers = this.token ? { Authorization: `Bearer ${this.token}` } : {};
    if (json) headers["Content-Type"] = "application/json";
    try {
      return await fetch(path, { method, headers, signal, body: json ? JSON.stringify(json) : form });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Refusal(0, "unreachable", "The server cannot be reached.");
    }
  }

  // Requests that are refused together share one question.
  #another() {
    this.asking ??= this.askToken().then((token) => {
      this.asking = null;
      if (token !== null) {
        this.token = token;
        session.keep("admin", token);
      }
      return token;
    });
    return this.asking;
  }
}
