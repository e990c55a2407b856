// The parts of the chat that are always there.

import { made } from "./markdown.js";

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  chat: "M4 5a3 3 0 0 1 3-3h10a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3h-5l-5 5v-5a3 3 0 0 1-3-3z",
  close: "M5 5l14 14M19 5L5 19",
  clip: "M8 12.5l6.5-6.5a3 3 0 0 1 4.3 4.3l-8.6 8.6a5 5 0 0 1-7-7l8-8",
};

/** heading, greeting: of the site, or null. */
export function built({ words, heading, greeting, isPage }) {
  const ui = {
    root: made("div", "", "chat"),
    panel: made("section", "", "panel"),
    title: made(isPage ? "h1" : "h2", heading || words.title),
    standing: made("p"),
    status: made("p"),
    closer: iconButton("close", words.close, "closer"),
    log: made("div"),
    welcome: made("p", greeting || words.welcome),
    notices: made("div"),
    typing: made("p"),
    form: made("form"),
    text: made("textarea"),
    attach: iconButton("clip", words.attach, "attach"),
    chooser: made("input"),
    send: made("button", words.send, "send"),
    launcher: iconButton("chat", words.open, "launcher"),
    badge: made("span", "", "badge"),
  };
  for (const name of ["title", "standing", "status", "log", "welcome", "notices", "typing", "form", "text"]) ui[name].id = name;
  describe(ui, words);
  assemble(ui, words);
  return ui;
}

function describe({ panel, standing, status, log, typing, form, text, chooser, attach, badge, launcher }, words) {
  panel.setAttribute("aria-labelledby", "title");
  standing.setAttribute("role", "status");
  status.setAttribute("role", "status");
  set(log, { role: "log", "aria-live": "polite", "aria-label": words.log, tabindex: "0" });
  set(form, { autocomplete: "off" });
  set(text, { rows: "1", maxlength: "16000", placeholder: words.placeholder, enterkeyhint: "send", "aria-describedby": "hint" });
  set(chooser, { type: "file", tabindex: "-1", "aria-hidden": "true", hidden: "" });
  set(launcher, { "aria-expanded": "false" });
  set(attach, { hidden: "" });
  typing.hidden = true;
  badge.hidden = true;
}

function assemble(ui, words) {
  const head = made("header");
  const headline = made("div", "", "headline");
  headline.append(ui.title, ui.standing, ui.status);
  head.append(headline, ui.closer);
  const dots = made("span", "", "dots");
  dots.setAttribute("aria-hidden", "true");
  dots.append(made("i"), made("i"), made("i"));
  ui.typing.append(dots, " ", words.typing);
  const label = made("label", words.label, "unseen");
  label.htmlFor = "text";
  const hint = made("p", words.hint, "unseen");
  hint.id = "hint";
  ui.send.type = "submit";
  ui.form.append(ui.attach, ui.chooser, label, ui.text, ui.send, hint);
  ui.log.append(ui.welcome);
  ui.panel.append(head, ui.log, ui.typing, ui.notices, ui.form);
  ui.launcher.append(ui.badge);
  ui.root.append(ui.panel, ui.launcher);
}

function iconButton(icon, label, className) {
  const button = made("button", "", className);
  button.type = "button";
  button.setAttribute("aria-label", label);
  button.title = label;
  const svg = document.createElementNS(SVG, "svg");
  set(svg, { viewBox: "0 0 24 24", "aria-hidden": "true", fill: icon === "chat" ? "currentColor" : "none" });
  const path = document.createElementNS(SVG, "path");
  set(path, { d: ICONS[icon], stroke: "currentColor", "stroke-width": icon === "chat" ? "0" : "2", "stroke-linecap": "round" });
  svg.append(path);
  button.append(svg);
  return button;
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}
