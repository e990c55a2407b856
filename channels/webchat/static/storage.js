// What this browser keeps of one visitor at one desk. Where the page may keep nothing, it is kept while the page lives.

const memory = new Map();

export class Storage {
  /** name: tells desks and visitors apart. */
  constructor(name) {
    this.name = `frontdesk:${name}`;
  }

  get(key, otherwise) {
    try {
      return JSON.parse(this.#read(`${this.name}:${key}`)) ?? otherwise;
    } catch {
      return otherwise;
    }
  }

  set(key, value) {
    const full = `${this.name}:${key}`;
    try {
      localStorage.setItem(full, JSON.stringify(value));
    } catch {
      memory.set(full, JSON.stringify(value));
    }
  }

  remove(...keys) {
    for (const key of keys) {
      memory.delete(`${this.name}:${key}`);
      try {
        localStorage.removeItem(`${this.name}:${key}`);
      } catch {
        // there was nothing
      }
    }
  }

  #read(full) {
    if (memory.has(full)) return memory.get(full);
    return localStorage.getItem(full);
  }
}
