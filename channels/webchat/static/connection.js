// The line to the desk: who the visitor is, what they send, and what comes back. Every message has an id of its own, so
// sending it again is harmless; every reply has a number, so following goes on where it stopped.

const SILENT_MS = 45_000; // three heartbeats of the server
const FIRST_WORD_MS = 8_000; // the server says something at once; a proxy that holds it back does so for ever
const HIDDEN_MS = 5_000; // phones cut connections of hidden pages without saying so
const LONGEST_PAUSE_MS = 30_000;
const REQUEST_MS = 15_000;
const POLL_SECONDS = 20;
const POLLING_MS = 60_000; // then the stream is tried again

export class Connection {
  /** base: the address of /webchat/. identity(): what the site says of who is logged in, or null.
   *  on: {reply(reply), standing(standing), state(name), caughtUp(), newVisitor(), visitor(about), refused()}. */
  constructor({ base, storage, identity, on }) {
    this.base = base;
    this.storage = storage;
    this.identity = identity;
    this.on = on;
    this.last = 0;
    this.dry = 0;
    this.pollUntil = 0;
    this.ended = new AbortController();
    this.cut = () => {};
    this.wake = () => {};
    this.tabs = new BroadcastChannel(`${storage.name}:replies`);
    this.tabs.onmessage = ({ data }) => this.#hear(data, false);
    this.#watchPage();
  }

  /** Show what was said before, then follow: this tab for all, or as soon as the one that does is closed. */
  async start() {
    await this.#untilItWorks(() => this.#catchUp());
    if (this.over) return;
    this.on.state("");
    this.on.caughtUp();
    const signal = this.ended.signal;
    const lock = navigator.locks?.request(`${this.storage.name}:stream`, { signal }, () => this.#follow());
    await (lock ?? this.#follow()).catch(() => {});
  }

  stop() {
    this.ended.abort();
    this.cut();
    this.tabs.close();
  }

  get over() {
    return this.ended.signal.aborted;
  }

  /** Sends one message: {client_msg_id, text, payload?, files?, form?}. Throws when the desk refuses it or cannot be reached. */
  async send(message) {
    const { timeZone: timezone } = new Intl.DateTimeFormat().resolvedOptions();
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.#request("messages", { method: "POST", body: JSON.stringify({ ...message, timezone }) });
        this.on.state("");
        return;
      } catch (error) {
        if (error.final || attempt === 4 || this.over) throw error;
        this.#trouble();
        await this.#sleep(error.pause ?? pause(attempt));
      }
    }
  }

  /** Sends a file; gives {url, name, size, media_type}. */
  async upload(file) {
    const options = { method: "POST", body: file, signal: AbortSignal.timeout(10 * REQUEST_MS), type: "application/octet-stream" };
    return (await this.#request(`files?name=${encodeURIComponent(file.name.slice(-100))}`, options)).json();
  }

  /** The visitor has seen everything up to this reply. */
  async read(number) {
    await this.#request("read", { method: "POST", body: JSON.stringify({ number }) });
  }

  async #catchUp(wait = 0, signal = undefined) {
    for (;;) {
      const signals = [AbortSignal.timeout(REQUEST_MS + wait * 1000), this.ended.signal, signal].filter(Boolean);
      const answer = await this.#request(`poll?after=${this.last}&wait=${wait}`, { signal: AbortSignal.any(signals) });
      const { replies, standing } = await answer.json();
      for (const reply of replies) this.#hear({ reply }, wait > 0);
      this.#hear({ standing }, wait > 0);
      if (!replies.length || wait > 0) return;
    }
  }

  async #follow() {
    for (let failures = 0; !this.over; ) {
      const polls = this.dry >= 2 && Date.now() < this.pollUntil;
      try {
        await (polls ? this.#poll() : this.#stream());
        failures = 0;
      } catch {
        failures += 1;
        if (polls) this.dry = 0;
      }
      if (this.over) return;
      if (failures > 1) this.#trouble();
      if (failures || !polls) await this.#sleep(pause(Math.max(failures - 1, 0)));
    }
  }

  async #poll() {
    const control = new AbortController();
    this.cut = () => control.abort();
    await this.#catchUp(POLL_SECONDS, control.signal);
    this.on.state("");
  }

  /** One connection, until it ends or falls silent. Throws when nothing came of it. */
  async #stream() {
    const control = new AbortController();
    let watchdog;
    const heard = (patience) => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => control.abort(), patience);
    };
    this.cut = () => control.abort();
    this.dry += 1;
    this.pollUntil = Date.now() + POLLING_MS;
    heard(FIRST_WORD_MS);
    let events = 0;
    try {
      const signal = AbortSignal.any([control.signal, this.ended.signal]);
      const answer = await this.#request(`events?after=${this.last}`, { signal });
      const frames = new Frames((event) => {
        events += 1;
        this.#hear(event, true);
      });
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        heard(SILENT_MS);
        if (this.dry) this.on.state("");
        this.dry = 0;
        frames.add(part.value);
      }
    } catch (error) {
      if (!events) throw error;
    } finally {
      clearTimeout(watchdog);
      this.cut = () => {};
    }
  }

  /** {reply} or {standing}, from the desk or from the tab that follows it. */
  #hear({ reply, standing }, tellTabs) {
    if (this.over) return;
    if (tellTabs) this.tabs.postMessage({ reply, standing });
    if (standing) this.on.standing(standing);
    if (!reply) return;
    this.last = Math.max(this.last, reply.number);
    this.on.reply(reply);
  }

  async #request(path, options = {}) {
    const visitor = await this.#visitor();
    const answer = await fetch(this.base + path, {
      cache: "no-store",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.any([AbortSignal.timeout(REQUEST_MS), this.ended.signal]),
      ...options,
      headers: { authorization: `Bearer ${visitor.token}`, "content-type": options.type ?? "application/json" },
    });
    if (answer.ok) return answer;
    if (answer.status === 401) this.#forget(visitor.token);
    throw await refusal(answer);
  }

  /** The kept token, a fresh one when half of its time is over, or a new one. One tab asks for all. */
  async #visitor() {
    const kept = this.storage.get("visitor");
    if (kept && kept.renew > Date.now()) {
      if (!this.known) this.on.visitor((this.known = kept));
      return kept;
    }
    const ask = () => this.#become();
    return navigator.locks ? navigator.locks.request(`${this.storage.name}:visitor`, ask) : ask();
  }

  async #become() {
    const kept = this.storage.get("visitor");
    if (kept && kept.renew > Date.now()) return kept; // another tab was quicker
    const identity = this.identity();
    const answer = await fetch(`${this.base}visitors`, {
      method: "POST",
      credentials: "omit",
      signal: AbortSignal.any([AbortSignal.timeout(REQUEST_MS), this.ended.signal]),
      headers: { "content-type": "application/json", ...(kept && { authorization: `Bearer ${kept.token}` }) },
      body: JSON.stringify(identity ? { identity } : {}),
    });
    if (answer.status === 401 && kept) {
      this.#forget(kept.token);
    } else if (answer.status === 401 || answer.status === 403) {
      this.on.refused();
    }
    if (!answer.ok) throw await refusal(answer);
    const visitor = await answer.json();
    visitor.renew = Date.now() + visitor.expires_in * 500;
    this.storage.set("visitor", visitor);
    this.on.visitor((this.known = visitor));
    return visitor;
  }

  /** The desk does not know us any more: begin anew. */
  #forget(token) {
    if (this.storage.get("visitor")?.token !== token) return;
    this.storage.remove("visitor");
    if (this.identity()) return; // the same conversation, as soon as the site vouches again
    this.last = 0;
    this.on.newVisitor();
  }

  async #untilItWorks(work) {
    for (let attempt = 0; !this.over; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (this.over) return;
        this.#trouble();
        await this.#sleep(error.pause ?? pause(attempt));
      }
    }
  }

  #trouble() {
    this.on.state(navigator.onLine ? "connecting" : "offline");
  }

  #watchPage() {
    let hiddenAt = 0;
    const signal = this.ended.signal;
    const back = () => {
      this.wake();
      this.cut();
      this.#catchUp().catch(() => {});
    };
    document.addEventListener(
      "visibilitychange",
      () => {
        if (document.hidden) hiddenAt = Date.now();
        else if (Date.now() - hiddenAt > HIDDEN_MS) back();
      },
      { signal },
    );
    addEventListener("online", () => (this.on.state(""), back()), { signal });
    addEventListener("offline", () => this.on.state("offline"), { signal });
    addEventListener("pageshow", (event) => event.persisted && back(), { signal });
  }

  /** Shorter when the network or the page comes back. */
  #sleep(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => (clearTimeout(timer), resolve());
    });
  }
}

/** Cuts a stream of server-sent events into {reply} and {standing}. */
export class Frames {
  constructor(onEvent) {
    this.onEvent = onEvent;
    this.rest = "";
  }

  add(text) {
    const blocks = (this.rest + text).split("\n\n");
    this.rest = blocks.pop();
    for (const block of blocks) {
      const field = (name) => block.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const [event, data] = [field("event"), field("data")];
      if (event && data) this.onEvent({ [event]: JSON.parse(data) });
    }
  }
}

async function refusal(answer) {
  const problem = await answer.json().catch(() => ({}));
  const error = new Error([problem.detail, problem.fix].filter(Boolean).join(". ") || `the desk answered ${answer.status}`);
  error.final = answer.status >= 400 && answer.status < 500 && ![401, 408, 429].includes(answer.status);
  const seconds = Number(answer.headers.get("retry-after"));
  if (seconds > 0) error.pause = Math.min(seconds * 1000, LONGEST_PAUSE_MS) + Math.random() * 500;
  return error;
}

/** Longer each time, and never the same for all: a thousand pages must not come back at once. */
function pause(attempt) {
  return Math.min(500 * 2 ** attempt, LONGEST_PAUSE_MS) * (0.5 + Math.random());
}
