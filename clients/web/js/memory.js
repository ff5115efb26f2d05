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

/**
 * The tokens that this server has taken, one for each role: the logo and the home screen open an address that has
 * none. Who may perform may watch.
 */
export const tokens = {
  /** @param {"perform"|"watch"} role */
  read(role) {
    return local.read(`token.${role}`) ?? (role === "watch" ? this.read("perform") : null);
  },
  /** The server has let this page in by a token, or without one. */
  keep(role, token) {
    if (token && token !== this.read(role)) local.keep(`token.${role}`, token);
  },
  /** The server has refused a token. */
  forget(token) {
    for (const name of ["token.perform", "token.watch"]) if (local.read(name) === token) local.keep(name, null);
  },
};

/** For a watcher, who has no session of its own to take over. */
export const noSecret = Object.freeze({ read: () => null, keep() {} });
