// The conversation on the page. Whatever was said becomes text nodes and nothing else; the only elements made from it are
// links and pictures whose addresses have been checked.

const WHO = { mine: "You", bot: "Assistant", agent: "Colleague" };
const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;

export class Transcript {
  /** onChoice(title, payload): a button was pressed. onRetry(id): a message that failed is to be sent again. */
  constructor(log, { onChoice, onRetry }) {
    this.log = log;
    this.onChoice = onChoice;
    this.onRetry = onRetry;
    this.entries = new Map();
    this.ordered = [];
  }

  /** Who spoke to the visitor last: bot, agent, or undefined. */
  get speaker() {
    return this.ordered.findLast((entry) => entry.author !== null)?.author;
  }

  /** A reply: {number, author, at, text?, buttons?, image?, files?}. A known number is not shown twice. */
  showReply(reply) {
    const key = `reply ${reply.number}`;
    if (this.entries.has(key)) return false;
    const element = this.#article(reply.author === "agent" ? "agent" : "bot", reply.at);
    if (reply.text || reply.image || reply.files) element.append(bubble(reply));
    if (reply.buttons) element.append(this.#choices(reply.buttons));
    this.#place(key, element, [reply.number, 0, 0], reply.author);
    return true;
  }

  /** A message of the visitor's own: {id, text, after, order, at, state, problem?}; state is waiting, sent or failed. */
  showOwn(message) {
    const key = `own ${message.id}`;
    let element = this.entries.get(key)?.element;
    if (!element) {
      element = this.#article("mine", message.at);
      element.append(bubble({ text: message.text }));
      this.#place(key, element, [message.after, 1, message.order], null);
    }
    element.classList.toggle("waiting", message.state === "waiting");
    element.querySelector(".problem")?.remove();
    if (message.state === "failed") element.append(this.#problem(message));
  }

  clear() {
    for (const { element } of this.entries.values()) element.remove();
    this.entries.clear();
    this.ordered = [];
  }

  #article(who, at) {
    const element = document.createElement("article");
    element.className = who;
    const name = textElement("p", "who", WHO[who]);
    const time = textElement("time", "", ` ${new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`);
    time.dateTime = at;
    name.append(time);
    element.append(name);
    return element;
  }

  #choices(buttons) {
    const row = document.createElement("div");
    row.className = "choices";
    for (const { title, payload, url } of buttons) row.append(this.#choice(title, payload, url));
    return row;
  }

  #choice(title, payload, url) {
    const address = safe(url);
    if (address) return link(address, title);
    const button = textElement("button", "", title);
    button.type = "button";
    button.disabled = Boolean(url);
    button.addEventListener("click", () => this.onChoice(title, payload ?? title));
    return button;
  }

  #problem({ id, problem }) {
    const line = textElement("p", "problem", `Not sent: ${problem}. `);
    const again = textElement("button", "", "Try again");
    again.type = "button";
    again.addEventListener("click", () => this.onRetry(id));
    line.append(again);
    return line;
  }

  /** Everything stands where it was said: own messages behind the last reply that had been seen by then. */
  #place(key, element, order, author) {
    const entry = { element, order, author };
    const stays = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
    let at = this.ordered.length;
    while (at > 0 && compare(this.ordered[at - 1].order, order) > 0) at -= 1;
    this.log.insertBefore(element, this.ordered[at]?.element ?? null);
    this.ordered.splice(at, 0, entry);
    this.entries.set(key, entry);
    if (author === null) this.#settleChoices(at);
    else this.#announce(at);
    document.getElementById("welcome").hidden = true;
    if (stays || author === null) this.log.scrollTop = this.log.scrollHeight;
  }

  /** Say when a colleague has come, and when they have gone. */
  #announce(at) {
    const { author, element } = this.ordered[at];
    const before = this.ordered.slice(0, at).findLast((entry) => entry.author !== null)?.author ?? "bot";
    if (this.ordered.slice(at).some((entry) => entry.author === null)) disableChoices(element);
    if (before === author) return;
    const words = author === "agent" ? "A colleague has taken over." : "You are talking to the assistant again.";
    element.prepend(textElement("p", "notice", words));
  }

  /** Buttons count until the visitor has said something else. */
  #settleChoices(at) {
    for (let i = at - 1; i >= 0 && this.ordered[i].author !== null; i -= 1) disableChoices(this.ordered[i].element);
  }
}

function disableChoices(element) {
  for (const button of element.querySelectorAll(".choices button")) button.disabled = true;
}

function compare(a, b) {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

function bubble({ text, image, files }) {
  const element = document.createElement("div");
  element.className = "bubble";
  if (text) withLinks(element, text);
  if (image) element.append(picture(image));
  for (const file of files ?? []) {
    const address = safe(file);
    element.append(" ", address ? link(address, file) : file);
  }
  return element;
}

function withLinks(element, text) {
  let end = 0;
  for (const found of text.matchAll(LINK)) {
    const address = safe(found[0]);
    if (!address) continue;
    element.append(text.slice(end, found.index), link(address, found[0]));
    end = found.index + found[0].length;
  }
  element.append(text.slice(end));
}

/** Pictures of our own are shown; the page's policy lets no others in, so they become links. */
function picture(source) {
  const address = safe(source, location.origin);
  if (!address) return document.createTextNode(source);
  if (new URL(address).origin !== location.origin) return link(address, "Picture");
  const image = document.createElement("img");
  image.src = address;
  image.alt = "";
  return image;
}

function link(address, words) {
  const element = textElement("a", "", words);
  element.href = address;
  element.target = "_blank";
  element.rel = "noopener noreferrer nofollow";
  return element;
}

/** The address if it is one of the web, else null. */
function safe(address, base) {
  try {
    const url = new URL(address, base);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

function textElement(name, className, text) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(text);
  return element;
}
