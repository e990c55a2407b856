// The page: what the visitor writes goes out in order, what was said is shown, in every tab.

import { Connection } from "/webchat/connection.js";
import { Transcript } from "/webchat/transcript.js";

const SENT = "frontdesk.sent";
const KEPT = 200;
const TYPING_MS = 15_000;

const find = (id) => document.getElementById(id);
const text = find("text");
const tabs = new BroadcastChannel("frontdesk.own");
let typingTimer;
let sending = Promise.resolve();

const transcript = new Transcript(find("log"), { onChoice: say, onRetry: (id) => deliver(own().find((m) => m.id === id)) });
const connection = new Connection({
  onReply: (reply) => {
    if (transcript.showReply(reply)) typing(false);
  },
  onState: (words) => find("status").replaceChildren(words),
  onCaughtUp: () => find("log").removeAttribute("aria-busy"),
  onNewVisitor: () => {
    localStorage.removeItem(SENT);
    transcript.clear();
  },
});

/** The visitor's own messages, which only this browser keeps. */
function own() {
  try {
    return JSON.parse(localStorage.getItem(SENT) ?? "[]");
  } catch {
    return [];
  }
}

function keep(message) {
  const others = own().filter((one) => one.id !== message.id);
  const all = [...others, message].sort((a, b) => a.order - b.order);
  localStorage.setItem(SENT, JSON.stringify(all.slice(-KEPT)));
  transcript.showOwn(message);
  tabs.postMessage(message);
}

function say(words, payload) {
  const order = Date.now();
  const message = { id: newId(), text: words, payload, after: connection.last, order, at: new Date(order).toISOString() };
  keep({ ...message, state: "waiting" });
  deliver(message);
}

/** One after the other, so that they arrive in the order in which they were written. */
function deliver(message) {
  if (!message) return;
  keep({ ...message, state: "waiting" });
  typing(true);
  sending = sending.then(async () => {
    try {
      await connection.send({ client_msg_id: message.id, text: message.text, payload: message.payload });
      keep({ ...message, state: "sent" });
    } catch (error) {
      typing(false);
      keep({ ...message, state: "failed", problem: error.final ? error.message : "there is no connection" });
    }
  });
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function typing(on) {
  clearTimeout(typingTimer);
  const shown = on && transcript.speaker !== "agent"; // people write when they can
  find("typing").hidden = !shown;
  if (shown) typingTimer = setTimeout(() => typing(false), TYPING_MS);
}

find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = text.value.trim();
  if (!words) return;
  text.value = "";
  say(words);
  text.focus();
});

text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  find("form").requestSubmit();
});

tabs.onmessage = ({ data }) => transcript.showOwn(data);
for (const message of own()) {
  transcript.showOwn(message);
  if (message.state === "waiting") deliver(message); // it may not have arrived before the page was closed
}
connection.start();
