// The way to the desk: who the visitor is, what they send, and what comes back. Every message has an id of its own, so
// sending it again is harmless; every reply has a number, so following goes on where it stopped.

const TOKEN = "frontdesk.visitor";
const SILENT_MS = 30_000; // three heartbeats of the server
const HIDDEN_MS = 5_000; // phones cut connections of hidden pages without saying so
const LONGEST_PAUSE_MS = 30_000;
const REQUEST_MS = 15_000;

export class Connection {
  /** onReply(reply): something was said. onState(text): how it goes, "" when well.
   *  onCaughtUp(): the past has been shown. onNewVisitor(): we are somebody else now. */
  constructor({ onReply, onState, onCaughtUp, onNewVisitor }) {
    this.onReply = onReply;
    this.onState = onState;
    this.onCaughtUp = onCaughtUp;
    this.onNewVisitor = onNewVisitor;
    this.last = 0;
    this.cut = () => {};
    this.tabs = new BroadcastChannel("frontdesk.replies");
    this.tabs.onmessage = ({ data }) => this.#take(data, false);
    this.#watchVisibility();
  }

  /** Show what was said before, then follow: this tab for all, or as soon as the one that does is closed. */
  async start() {
    await this.#untilItWorks(() => this.#catchUp());
    this.onState("");
    this.onCaughtUp();
    if (navigator.locks) await navigator.locks.request("frontdesk.stream", () => this.#follow());
    else await this.#follow();
  }

  /** Sends one message: {client_msg_id, text, payload?}. Throws when the desk refuses it or cannot be reached for long. */
  async send(message) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.#request("/webchat/messages", { method: "POST", body: JSON.stringify(message) });
        this.onState("");
        return;
      } catch (error) {
        if (error.final || attempt === 4) throw error;
        this.onState("Connecting");
        await sleep(error.pause ?? pause(attempt));
      }
    }
  }

  /** Another tab may have followed for us while this one slept. */
  async #catchUp() {
    for (;;) {
      const answer = await this.#request(`/webchat/replies?after=${this.last}`);
      const replies = await answer.json();
      for (const reply of replies) this.#take(reply, false);
      if (!replies.length) return;
    }
  }

  async #follow() {
    for (let failures = 0; ; ) {
      try {
        const began = Date.now();
        await this.#stream();
        failures = Date.now() - began > 5_000 ? 0 : failures + 1;
      } catch {
        failures += 1;
      }
      if (failures > 1) this.onState("Connecting");
      await sleep(failures === 0 ? 0 : pause(failures - 1));
    }
  }

  /** One connection, until it ends or falls silent. */
  async #stream() {
    const control = new AbortController();
    let watchdog;
    const heard = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => control.abort(), SILENT_MS);
    };
    this.cut = () => control.abort();
    heard();
    try {
      const answer = await this.#request(`/webchat/events?after=${this.last}`, { signal: control.signal });
      this.onState("");
      const frames = new Frames((reply) => this.#take(reply, true));
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        heard();
        frames.add(part.value);
      }
    } finally {
      clearTimeout(watchdog);
      this.cut = () => {};
    }
  }

  #take(reply, tellTabs) {
    this.last = Math.max(this.last, reply.number);
    this.onReply(reply);
    if (tellTabs) this.tabs.postMessage(reply);
  }

  async #request(path, options = {}) {
    const token = await this.#token();
    const answer = await fetch(path, {
      cache: "no-store",
      signal: AbortSignal.timeout(REQUEST_MS),
      ...options,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    });
    if (answer.ok) return answer;
    if (answer.status === 401) this.#forget(token);
    throw await refusal(answer);
  }

  async #token() {
    return localStorage.getItem(TOKEN) ?? (navigator.locks ? navigator.locks.request(TOKEN, newToken) : newToken());
  }

  /** The desk does not know us any more (its secret has changed): begin anew. */
  #forget(token) {
    if (localStorage.getItem(TOKEN) !== token) return;
    localStorage.removeItem(TOKEN);
    this.last = 0;
    this.onNewVisitor();
  }

  async #untilItWorks(work) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await work();
      } catch {
        this.onState("Connecting");
        await sleep(pause(attempt));
      }
    }
  }

  #watchVisibility() {
    let hiddenAt = 0;
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) hiddenAt = Date.now();
      else if (Date.now() - hiddenAt > HIDDEN_MS) {
        this.cut();
        this.#catchUp().catch(() => {});
      }
    });
    addEventListener("online", () => this.cut());
  }
}

/** Cuts a stream of server-sent events into its events. */
class Frames {
  constructor(onReply) {
    this.onReply = onReply;
    this.rest = "";
  }

  add(text) {
    const blocks = (this.rest + text).split("\n\n");
    this.rest = blocks.pop();
    for (const block of blocks) {
      const data = block.split("\n").filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
      if (data.length) this.onReply(JSON.parse(data.join("\n")));
    }
  }
}

async function newToken() {
  const known = localStorage.getItem(TOKEN); // another tab may have been quicker
  if (known) return known;
  const answer = await fetch("/webchat/visitors", { method: "POST", signal: AbortSignal.timeout(REQUEST_MS) });
  if (!answer.ok) throw await refusal(answer);
  const { token } = await answer.json();
  localStorage.setItem(TOKEN, token);
  return token;
}

async function refusal(answer) {
  const problem = await answer.json().catch(() => ({}));
  const error = new Error(problem.detail ?? `the desk answered ${answer.status}`);
  error.final = answer.status >= 400 && answer.status < 500 && ![401, 408, 429].includes(answer.status);
  const seconds = Number(answer.headers.get("retry-after"));
  if (seconds > 0) error.pause = Math.min(seconds * 1000, LONGEST_PAUSE_MS) + Math.random() * 500;
  return error;
}

/** Longer each time, and never the same for all: a thousand pages must not come back at once. */
function pause(attempt) {
  return Math.min(500 * 2 ** attempt, LONGEST_PAUSE_MS) * (0.5 + Math.random());
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
