// Text with a few marks (**bold**, _italic_, `code`, fences, lists, [label](https://...), bare addresses) as nodes. Everything is a
// text node or one of the elements below; an address is used only when it is one of the web, of mail or of a telephone.

const MARKS = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "\\*\\*(?=\\S)(?<bold>[^*\\n]*[^*\\s])\\*\\*",
    "(?<![\\w_])_(?=[^\\s_])(?<italic>[^_\\n]*[^_\\s])_(?![\\w_])",
    "\\[(?<label>[^\\[\\]\\n]+)\\]\\((?<target>[a-z]{3,6}:[^\\s()]+)\\)",
    "(?<url>https?:\\/\\/[^\\s<>\"'`*]*[^\\s<>\"'`*.,;:!?)\\]])",
  ].join("|"),
  "g",
);
const FENCE = /^```[\w+-]*$/;
const ITEM = /^\s{0,3}(?:([-*•])|(\d{1,3})[.)])\s+(\S.*)$/;
const SCHEMES = ["https:", "http:", "mailto:", "tel:"];

/** newTab: what a link says of itself to those who cannot see it. */
export function rendered(text, newTab) {
  const out = document.createDocumentFragment();
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; ) at = block(out, lines, at, newTab);
  return out;
}

/** A fence, a list or a line; gives where to go on. */
function block(out, lines, at, newTab) {
  const end = FENCE.test(lines[at]) ? lines.indexOf("```", at + 1) : -1;
  if (end > 0) {
    const pre = made("pre");
    pre.tabIndex = 0;
    pre.append(made("code", lines.slice(at + 1, end).join("\n")));
    out.append(pre);
    return end + 1;
  }
  const kind = kindOf(lines[at]);
  if (kind) {
    const list = made(kind);
    if (kind === "ol") list.start = Number(ITEM.exec(lines[at])[2]);
    for (; at < lines.length && kindOf(lines[at]) === kind; at += 1) {
      const item = made("li");
      inline(item, ITEM.exec(lines[at])[3], newTab);
      list.append(item);
    }
    out.append(list);
    return at;
  }
  inline(out, lines[at], newTab);
  const next = at + 1;
  if (next < lines.length && !kindOf(lines[next])) out.append("\n");
  return next;
}

function kindOf(line) {
  const item = ITEM.exec(line);
  return item ? (item[1] ? "ul" : "ol") : null;
}

function inline(out, text, newTab) {
  let end = 0;
  for (const found of text.matchAll(MARKS)) {
    const node = marked(found.groups, newTab);
    if (!node) continue;
    out.append(text.slice(end, found.index), node);
    end = found.index + found[0].length;
  }
  out.append(text.slice(end));
}

function marked({ code, bold, italic, label, target, url }, newTab) {
  if (code) return made("code", code);
  if (bold || italic) {
    const node = made(bold ? "strong" : "em");
    inline(node, bold ?? italic, newTab);
    return node;
  }
  const address = safe(target ?? url);
  return address && link(address, label ?? url, newTab);
}

export function link(address, words, newTab) {
  const element = made("a", words);
  element.href = address;
  element.target = "_blank";
  element.rel = "noopener noreferrer nofollow";
  element.append(made("span", ` (${newTab})`, "unseen"));
  return element;
}

/** The address if it may be followed, else null. */
export function safe(address, base) {
  try {
    const url = new URL(address, base);
    return SCHEMES.includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

export function made(name, text = "", className = "") {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text) element.append(text);
  return element;
}
