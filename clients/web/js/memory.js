/**
 * What a page remembers across a reload (`session`) and across visits (`local`): small JSON values
 * under `bunraku.` names. A browser that refuses storage is treated as one that forgets.
 */
class Memory {
  /** @param {() => Storage} storage */
  constructor(storage) {
    this.storage = storage;
  }

  /** The value kept under a name, or `otherwise`. */
  read(name, otherwise = null) {
    try {
      return JSON.parse(this.storage().getItem(`bunraku.${name}`)) ?? otherwise;
    } catch {
      return otherwise;
    }
  }

  /** Keeps a JSON value; null forgets it. */
  keep(name, value) {
    try {
      if (value === null) this.storage().removeItem(`bunraku.${name}`);
      else this.storage().setItem(`bunraku.${name}`, JSON.stringify(value));
    } catch {
      // Storage is refused or full: the page works on, it only forgets.
    }
  }
}

export const session = new Memory(() => window.sessionStorage);
export const local = new Memory(() => window.localStorage);

/**
 * The place of a performer's resume secret: it survives a reload, and is offered only for the same character.
 * @param {() => string|null} character the id of the present character.
 */
export function resumeSecret(character) {
  return {
    read() {
      const kept = session.read("resume");
      return kept && kept.character === character() ? kept.secret : null;
    },
    keep(secret) {
      session.keep("resume", secret && { character: character(), secret });
    },
  };
}

/** For a watcher, who has no session of its own to take over. */
export const noSecret = Object.freeze({ read: () => null, keep() {} });
