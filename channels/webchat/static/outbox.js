// The visitor's own messages: kept in this browser, shown in every tab, sent one after the other.

const KEPT = 200;

export class Outbox {
  /** connection: sends. on: {message(message), sent(message)}; a message is {id, text, payload?, files?, form?, after, order, at, state,
   *  problem?}, its state waiting, sent or failed. */
  constructor({ storage, connection, on }) {
    this.storage = storage;
    this.connection = connection;
    this.on = on;
    this.queue = Promise.resolve();
    this.tabs = new BroadcastChannel(`${storage.name}:own`);
    this.tabs.onmessage = ({ data }) => on.message(data);
  }

  /** Show what was written before; what may not have arrived is sent again, which is harmless. */
  resume() {
    for (const message of this.#all()) {
      this.on.message(message);
      if (message.state === "waiting") this.#deliver(message);
    }
  }

  stop() {
    this.tabs.close();
  }

  clear() {
    this.storage.remove("sent");
  }

  say({ text, payload, files, form }) {
    const order = Date.now();
    const at = new Date(order).toISOString();
    this.#deliver({ id: newId(), text, payload, files, form, after: this.connection.last, order, at });
  }

  again(id) {
    const message = this.#all().find((one) => one.id === id);
    if (message) this.#deliver(message);
  }

  /** One after the other, so that they arrive in the order in which they were written. */
  #deliver(message) {
    this.#keep({ ...message, state: "waiting", problem: undefined });
    const { id, payload, files, form } = message;
    const text = form ? "" : message.text; // what was filled in says it
    this.queue = this.queue.then(async () => {
      try {
        await this.connection.send({ client_msg_id: id, text, payload, form, files: files?.map((file) => file.url) });
        this.#keep({ ...message, form: undefined, state: "sent", problem: undefined });
        this.on.sent(message);
      } catch (error) {
        if (this.connection.over) return; // it is still waiting, for the next page
        this.#keep({ ...message, state: "failed", problem: error.final ? error.message : "" });
      }
    });
  }

  #keep(message) {
    const others = this.#all().filter((one) => one.id !== message.id);
    const all = [...others, message].sort((a, b) => a.order - b.order);
    this.storage.set("sent", all.slice(-KEPT));
    this.on.message(message);
    this.tabs.postMessage(message);
  }

  #all() {
    return this.storage.get("sent", []);
  }
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
