// The conversation on the page: articles in the order in which everything was said.

import { focusProblem, formOf } from "./form.js";
import { link, made, rendered, safe } from "./markdown.js";

export class Transcript {
  /** log: where it stands. words: of the language. base: the desk's address. onChoice(title, payload): a button was pressed.
   *  onForm(form, text): a form was filled in. onRetry(id): a message that failed is to be sent again. storage: keeps what was
   *  written into an open form. */
  constructor({ log, words, language, base, storage, onChoice, onForm, onRetry }) {
    this.log = log;
    this.words = words;
    this.time = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
    this.base = base;
    this.storage = storage;
    this.onChoice = onChoice;
    this.onForm = onForm;
    this.onRetry = onRetry;
    this.entries = new Map();
    this.ordered = [];
  }

  get isAtEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
  }

  /** The number of the last reply, of the last one of a colleague's where ``author`` says so. */
  lastNumber(author) {
    return this.ordered.findLast((entry) => entry.number && (!author || entry.author === author))?.number ?? 0;
  }

  /** A reply: {number, author, at, text?, buttons?, form?, image?, files?}. A known number is not shown twice. */
  showReply(reply) {
    const key = `reply ${reply.number}`;
    if (this.entries.has(key)) return false;
    const author = reply.author === "agent" ? "agent" : "bot";
    const element = this.#article(author, reply.at);
    if (reply.text || reply.image || reply.files) element.append(this.#bubble(reply, true));
    if (reply.buttons) element.append(this.#choices(reply.buttons));
    if (reply.form) element.append(this.#form(reply.form, reply.number));
    this.#place(key, { element, author, number: reply.number, order: [reply.number, 0, 0] });
    if (reply.form && this.sentForm === reply.form.id) focusProblem(element);
    return true;
  }

  /** A message of the visitor's own; see Outbox. */
  showOwn(message) {
    const key = `own ${message.id}`;
    let entry = this.entries.get(key);
    if (!entry) {
      const element = this.#article("mine", message.at);
      element.append(this.#bubble(message, false));
      entry = { element, author: null, order: [message.after, 1, message.order] };
      this.#place(key, entry);
    }
    entry.element.classList.toggle("waiting", message.state === "waiting");
    entry.element.classList.toggle("sent", message.state === "sent");
    entry.element.querySelector(".problem")?.remove();
    if (message.state === "failed") entry.element.append(this.#problem(message));
    this.#tellSeen();
  }

  clear() {
    for (const { element } of this.entries.values()) element.remove();
    this.entries.clear();
    this.ordered = [];
    this.lastOwn = undefined;
  }

  #article(who, at) {
    const element = made("article", "", who);
    const time = made("time", this.time.format(new Date(at)));
    time.dateTime = at;
    const name = made("p", this.words[who === "mine" ? "me" : who], "who");
    name.append(" ", time);
    element.append(name);
    return element;
  }

  #bubble({ text, image, files }, marked) {
    const element = made("div", "", "bubble");
    element.dir = "auto";
    if (text) element.append(marked ? rendered(text, this.words.newTab) : text);
    if (image) element.append(this.#picture(image));
    for (const file of files ?? []) element.append(this.#file(file));
    return element;
  }

  /** Pictures of the desk's own are shown; others become links, so that no other host learns who reads. */
  #picture(source) {
    const address = safe(source, this.base);
    if (!address) return document.createTextNode(source);
    if (new URL(address).origin !== new URL(this.base).origin) return link(address, this.words.picture, this.words.newTab);
    const image = made("img");
    image.src = address;
    image.alt = this.words.picture;
    return image;
  }

  /** An address, or {name, url} of what the visitor has sent. */
  #file(file) {
    const { name, url } = typeof file === "string" ? { name: fileName(file), url: file } : file;
    const address = safe(url, this.base);
    const line = made("p", "", "file");
    line.append(address ? link(address, name || this.words.file, this.words.newTab) : (name ?? url));
    return line;
  }

  /** The same form may be shown again, with what was wrong in it: then the newer one counts. */
  #form(form, number) {
    for (const entry of this.ordered) if (entry.number < number) settle(entry.element);
    const kept = this.storage.get("form", {});
    return formOf({
      form,
      number,
      words: this.words,
      kept: kept.number === number ? kept.fields : {},
      onChange: (fields) => this.storage.set("form", { number, fields }),
      onSend: (fields, text) => {
        this.sentForm = form.id;
        this.storage.remove("form");
        this.onForm({ id: form.id, fields }, text);
      },
    });
  }

  #choices(buttons) {
    const row = made("div", "", "choices");
    for (const { title, payload, url } of buttons) row.append(this.#choice(title, payload, url));
    return row;
  }

  #choice(title, payload, url) {
    const address = url && safe(url);
    if (address) return link(address, title, this.words.newTab);
    const button = made("button", title);
    button.type = "button";
    button.disabled = Boolean(url);
    button.addEventListener("click", () => {
      for (const one of button.parentElement.querySelectorAll("button")) one.disabled = true;
      button.classList.add("chosen");
      this.onChoice(title, payload ?? title);
    });
    return button;
  }

  #problem({ id, problem }) {
    const line = made("p", this.words.notSent(problem || this.words.noConnection), "problem");
    line.setAttribute("role", "alert");
    const again = made("button", this.words.again);
    again.type = "button";
    again.addEventListener("click", () => this.onRetry(id));
    line.append(again);
    return line;
  }

  /** Everything stands where it was said: own messages behind the last reply that had been seen by then. */
  #place(key, entry) {
    // Asking where the log stands makes the browser lay everything out: not for each line of a long past.
    const busy = this.log.hasAttribute("aria-busy");
    const stays = !busy && this.isAtEnd;
    let at = this.ordered.length;
    while (at > 0 && compare(this.ordered[at - 1].order, entry.order) > 0) at -= 1;
    this.log.insertBefore(entry.element, this.ordered[at]?.element ?? null);
    this.ordered.splice(at, 0, entry);
    this.entries.set(key, entry);
    if (entry.author === null && !(this.lastOwn && compare(this.lastOwn, entry.order) > 0)) this.lastOwn = entry.order;
    if (entry.author === null) this.#settleChoices(at);
    else this.#announce(at);
    this.#tellSeen();
    if (stays || (entry.author === null && !busy)) this.toEnd();
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  /** Say when a colleague has come, and when they have gone. */
  #announce(at) {
    const { author, element } = this.ordered[at];
    let earlier = at - 1;
    while (earlier >= 0 && this.ordered[earlier].author === null) earlier -= 1;
    const before = this.ordered[earlier]?.author ?? "bot";
    if (this.lastOwn && compare(this.lastOwn, this.ordered[at].order) > 0) settle(element);
    if (before !== author) element.prepend(made("p", author === "agent" ? this.words.tookOver : this.words.gaveBack, "notice"));
  }

  /** Buttons and forms count until the visitor has said something else. */
  #settleChoices(at) {
    for (let i = at - 1; i >= 0 && this.ordered[i].author !== null; i -= 1) settle(this.ordered[i].element);
  }

  /** Below the visitor's last message: whether it has arrived, and whether it was answered. */
  #tellSeen() {
    const at = this.ordered.findLastIndex((entry) => entry.author === null);
    const element = this.ordered[at]?.element;
    if (this.receipt !== element) this.receipt?.querySelector(".receipt")?.remove();
    this.receipt = element;
    if (!element) return;
    const words = at < this.ordered.length - 1 ? this.words.seen : element.classList.contains("sent") ? this.words.sent : "";
    const line = element.querySelector(".receipt") ?? element.appendChild(made("p", "", "receipt"));
    if (line.textContent !== words) line.textContent = words;
  }
}

function settle(element) {
  for (const one of element.querySelectorAll(".choices button, .fields > fieldset")) one.disabled = true;
}

function compare(a, b) {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** What to call a file of which only the address is known. */
function fileName(address) {
  const last = readable(address.split(/[?#]/)[0].split("/").pop());
  return last.length <= 80 && last.includes(".") ? last : address.length <= 200 ? address : "";
}

function readable(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
