// <frontdesk-chat>: the chat in a shadow root, as a bubble in the corner, inside a page (mode="inline") or as all of it
// (mode="page"). Attributes: mode, open, lang, dir, theme (light, dark), identity, heading, greeting. Nothing that was said
// is ever read as HTML.

import { Connection } from "./connection.js";
import { made } from "./markdown.js";
import { Outbox } from "./outbox.js";
import { Storage } from "./storage.js";
import { styles } from "./style.js";
import { built } from "./frame.js";
import { Transcript } from "./transcript.js";
import { languageOf, wordsOf } from "./words.js";

const BASE = new URL(".", import.meta.url).href;
const TYPING_MS = 15_000;

export class FrontdeskChat extends HTMLElement {
  static observedAttributes = ["identity", "theme", "open"];

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [styles()];
  }

  connectedCallback() {
    const tag = this.closest("[lang]")?.lang || navigator.language;
    this.words = wordsOf(tag);
    const mode = this.getAttribute("mode") ?? "bubble";
    const [heading, greeting] = [this.getAttribute("heading"), this.getAttribute("greeting")];
    this.ui = built({ words: this.words, heading, greeting, isPage: mode === "page" });
    const { root } = this.ui;
    root.lang = languageOf(tag);
    root.dir = getComputedStyle(this).direction;
    root.dataset.mode = mode;
    this.shadowRoot.replaceChildren(root);
    this.#wire();
    this.#show(this.isOpen);
    this.#begin();
  }

  disconnectedCallback() {
    this.#end();
  }

  attributeChangedCallback(name, before, now) {
    if (!this.ui || before === now) return;
    if (name === "identity") {
      this.#end();
      this.#begin();
    }
    if (name === "open") this.#show(this.isOpen);
  }

  get identity() {
    return this.getAttribute("identity");
  }

  set identity(token) {
    if (token) this.setAttribute("identity", token);
    else this.removeAttribute("identity");
  }

  get isOpen() {
    return this.ui?.root.dataset.mode !== "bubble" || this.hasAttribute("open");
  }

  open() {
    this.setAttribute("open", "");
  }

  close() {
    this.removeAttribute("open");
  }

  /** Forget this visitor in this browser: for a site whose user logs out. */
  forget() {
    this.storage.remove("visitor", "sent", "read", "told", "form");
    this.#end();
    this.#begin();
  }

  // --- the visitor ---------------------------------------------------------------------------------------------------

  #begin() {
    const { log } = this.ui;
    this.storage = new Storage(`${new URL(BASE).host}:${subjectOf(this.identity)}`);
    this.transcript = new Transcript({
      log,
      words: this.words,
      language: this.ui.root.lang,
      base: BASE,
      storage: this.storage,
      onChoice: (text, payload) => this.outbox.say({ text, payload }),
      onForm: (form, text) => this.outbox.say({ text, form }),
      onRetry: (id) => this.outbox.again(id),
    });
    this.connection = new Connection({ base: BASE, storage: this.storage, identity: () => this.identity, on: this.#heard() });
    this.outbox = new Outbox({
      storage: this.storage,
      connection: this.connection,
      on: { message: (message) => this.#shownOwn(message), sent: (message) => this.#awaitsReply(message) },
    });
    log.setAttribute("aria-busy", "true");
    this.ui.welcome.hidden = false;
    this.outbox.resume();
    this.connection.start();
  }

  #end() {
    this.connection?.stop();
    this.outbox?.stop();
    this.transcript?.clear();
    this.#typing(false);
  }

  #heard() {
    return {
      reply: (reply) => this.#reply(reply),
      standing: (standing) => this.#standing(standing),
      state: (name) => this.#status(name ? this.words[name] : ""),
      caughtUp: () => {
        this.ui.log.removeAttribute("aria-busy");
        this.transcript.toEnd();
        this.#noteUnread();
      },
      newVisitor: () => {
        this.outbox.clear();
        this.storage.remove("read", "told", "form");
        this.transcript.clear();
        this.ui.welcome.hidden = false;
      },
      visitor: (about) => this.ui.attach.toggleAttribute("hidden", !about.max_file_bytes),
      refused: () => {
        this.#status(this.words.refused);
        this.connection.stop();
        this.dispatchEvent(new CustomEvent("frontdesk-identity-refused", { bubbles: true, composed: true }));
      },
    };
  }

  #reply(reply) {
    if (!this.transcript.showReply(reply)) return;
    this.ui.welcome.hidden = true;
    this.#typing(false);
    if (this.ui.log.hasAttribute("aria-busy")) return; // what was said before is no news
    this.#noteUnread();
    this.dispatchEvent(new CustomEvent("frontdesk-reply", { detail: { author: reply.author }, bubbles: true, composed: true }));
  }

  #shownOwn(message) {
    this.transcript.showOwn(message);
    this.ui.welcome.hidden = true;
    if (message.state === "failed") this.#typing(false);
  }

  /** Unless the reply has been quicker than the word that the message has arrived. */
  #awaitsReply(message) {
    if (this.transcript.lastNumber() <= message.after) this.#typing(true);
  }

  #standing({ owner, place }) {
    this.owner = owner;
    const { words } = this;
    const line = { agent: words.withColleague, queue: place ? words.place(place) : words.waits }[owner] ?? "";
    if (this.ui.standing.textContent !== line) this.ui.standing.textContent = line;
    if (owner !== "bot") this.#typing(false);
  }

  #typing(on) {
    clearTimeout(this.typingTimer);
    const shown = on && (this.owner ?? "bot") === "bot"; // people write when they can
    const stays = this.transcript?.isAtEnd;
    this.ui.typing.hidden = !shown;
    if (shown && stays) this.transcript.toEnd();
    if (shown) this.typingTimer = setTimeout(() => this.#typing(false), TYPING_MS);
  }

  #status(words) {
    if (this.ui.status.textContent !== words) this.ui.status.textContent = words;
  }

  /** What was said while nobody looked stands on the launcher; what a colleague said and was seen is told to them. */
  #noteUnread() {
    const last = this.transcript.lastNumber();
    if (this.isOpen && !document.hidden) {
      this.storage.set("read", last);
      this.#receipt();
    }
    const read = this.storage.get("read", 0);
    const unread = this.transcript.ordered.filter((entry) => entry.number > read).length;
    const { badge, launcher } = this.ui;
    badge.hidden = this.isOpen || unread === 0;
    badge.textContent = unread > 99 ? "99+" : String(unread || "");
    const name = this.isOpen ? this.words.close : this.words.open;
    launcher.setAttribute("aria-label", badge.hidden ? name : `${name}, ${this.words.unread(unread)}`);
  }

  #receipt() {
    const number = this.transcript.lastNumber("agent");
    if (number <= this.storage.get("told", 0)) return;
    this.storage.set("told", number);
    this.connection.read(number).catch(() => {});
  }

  // --- the page ------------------------------------------------------------------------------------------------------

  #wire() {
    const { form, text, launcher, closer, attach, chooser, panel } = this.ui;
    launcher.addEventListener("click", () => (this.isOpen ? this.close() : this.open()));
    closer.addEventListener("click", () => this.close());
    attach.addEventListener("click", () => chooser.click());
    chooser.addEventListener("change", () => {
      this.#files([...chooser.files]);
      chooser.value = "";
    });
    panel.addEventListener("dragover", (event) => event.preventDefault());
    panel.addEventListener("drop", (event) => this.#dropped(event, event.dataTransfer));
    text.addEventListener("paste", (event) => this.#dropped(event, event.clipboardData));
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.ui.root.dataset.mode === "bubble") this.close();
    });
    text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const words = text.value.trim();
      if (!words) return;
      text.value = "";
      this.outbox.say({ text: words });
      text.focus();
    });
    document.addEventListener("visibilitychange", () => this.isConnected && this.#noteUnread());
  }

  #dropped(event, data) {
    const files = [...(data?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    this.#files(files);
  }

  async #files(files) {
    const most = this.connection.known?.max_file_bytes ?? 0;
    for (const file of files.slice(0, 5)) {
      if (file.size > most) {
        this.#notice(this.words.tooLarge(file.name, Math.floor(most / 1e6)));
        continue;
      }
      this.#status(this.words.uploading);
      try {
        const { url, name } = await this.connection.upload(file);
        this.outbox.say({ text: "", files: [{ url, name }] });
      } catch (error) {
        this.#notice(this.words.notSentFile(file.name, error.final ? error.message : this.words.noConnection));
      }
      this.#status("");
    }
  }

  #notice(words) {
    const line = made("p", words, "notice problem");
    line.setAttribute("role", "alert");
    this.ui.notices.replaceChildren(line);
    setTimeout(() => line.remove(), TYPING_MS);
  }

  #show(open) {
    const { root, panel, launcher, text, log } = this.ui;
    const was = !panel.hidden;
    panel.hidden = !open;
    root.classList.toggle("is-open", open);
    launcher.setAttribute("aria-expanded", String(open));
    if (this.transcript) this.#noteUnread();
    if (open && !was) log.scrollTop = log.scrollHeight;
    if (root.dataset.mode !== "bubble" || open === was || !this.transcript) return;
    (open ? text : launcher).focus();
    this.dispatchEvent(new CustomEvent(open ? "frontdesk-open" : "frontdesk-close", { bubbles: true, composed: true }));
  }
}

/** Whom an identity names: only to keep visitors of one browser apart; the desk checks it. */
function subjectOf(identity) {
  try {
    const claims = identity.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return String(JSON.parse(atob(claims)).sub);
  } catch {
    return "";
  }
}

if (!customElements.get("frontdesk-chat")) customElements.define("frontdesk-chat", FrontdeskChat);
