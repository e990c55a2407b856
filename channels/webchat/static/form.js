// A form of the desk's: several questions at once. Whatever stands in it was made by the desk, and is text alone.

import { made } from "./markdown.js";

const TYPES = { email: "email", phone: "tel", url: "url", date: "date", time: "time", datetime: "datetime-local" };
const MODES = { integer: "numeric", number: "decimal", money: "decimal" };

/** form: {id, title, send, fields: [{slot, label, type, choices?, required?, sensitive?, value?, hint?, problem?}]}. number: of its reply.
 *  kept: {slot: text} of what was written already. onChange(kept), onSend(fields, text): ``text`` says what was filled in. */
export function formOf({ form, number, words, kept, onChange, onSend }) {
  const element = made("form", "", "fields");
  const all = made("fieldset");
  const heading = made("p", form.title, "formtitle");
  heading.id = `form-${number}`;
  element.noValidate = true;
  all.setAttribute("aria-labelledby", heading.id); // of the group: named forms are landmarks, and there may be many
  const fields = form.fields.map((field, place) => new Field(field, `f-${number}-${place}`, kept[field.slot], words));
  const send = made("button", form.send, "send");
  send.type = "submit";
  all.append(heading, ...fields.map((field) => field.element), send);
  element.append(all);
  element.addEventListener("input", () => {
    onChange(Object.fromEntries(fields.filter((one) => !one.field.sensitive).map((one) => [one.field.slot, one.value])));
  });
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    const empty = fields.filter((field) => field.isMissing());
    if (empty.length) return empty[0].focus();
    all.disabled = true;
    onSend(Object.fromEntries(fields.map((one) => [one.field.slot, one.value])), fields.map((one) => one.said).join("\n"));
  });
  return element;
}

/** What was wrong with it comes first. */
export function focusProblem(element) {
  element.querySelector('[aria-invalid="true"]')?.focus();
}

class Field {
  constructor(field, id, kept, words) {
    this.field = field;
    this.words = words;
    this.isGroup = field.type === "boolean";
    this.element = made(this.isGroup ? "fieldset" : "div", "", "field");
    const label = made(this.isGroup ? "legend" : "label", field.label);
    const help = made("p", field.hint ?? "", "hint");
    this.problem = made("p", "", "problem");
    [help.id, this.problem.id] = [`${id}-hint`, `${id}-problem`];
    this.controls = this.isGroup ? field.choices.map((choice, at) => radio(id, at, choice)) : [control(field)];
    const value = kept ?? field.value ?? "";
    for (const one of this.controls) {
      one.required = field.required !== false;
      one.setAttribute("aria-describedby", `${help.id} ${this.problem.id}`);
      if (this.isGroup) one.checked = one.value === value;
    }
    this.element.append(label, ...(field.hint ? [help] : []));
    if (this.isGroup) {
      this.element.append(...this.controls.map((one, at) => labelled(one, field.choices[at].title)));
    } else {
      label.htmlFor = this.controls[0].id = id;
      this.controls[0].value = value;
      this.element.append(this.controls[0]);
    }
    this.element.append(this.problem);
    this.#tell(field.problem ?? "");
  }

  get value() {
    return (this.isGroup ? this.controls.find((one) => one.checked) : this.controls[0])?.value ?? "";
  }

  /** A line of what was filled in, as the visitor reads it. */
  get said() {
    const { label, choices, sensitive } = this.field;
    const shown = choices?.find((choice) => choice.value === this.value)?.title ?? this.value;
    return `${label}${/[?:!]$/.test(label) ? "" : ":"} ${sensitive && shown ? "•••" : shown}`;
  }

  isMissing() {
    const missing = this.controls[0].required && !this.value.trim();
    this.#tell(missing ? this.words.needed : "");
    return missing;
  }

  focus() {
    this.controls[0].focus();
  }

  #tell(problem) {
    this.problem.textContent = problem;
    for (const one of this.controls) one.setAttribute("aria-invalid", String(Boolean(problem)));
  }
}

function control({ type, choices, sensitive }) {
  if (type === "choice") {
    const select = made("select");
    for (const { value, title } of [{ value: "", title: "" }, ...choices]) {
      const option = made("option", title);
      option.value = value;
      select.append(option);
    }
    return select;
  }
  const input = made("input");
  input.type = sensitive ? "password" : (TYPES[type] ?? "text");
  input.maxLength = 4000;
  input.autocomplete = sensitive ? "off" : ({ email: "email", phone: "tel" }[type] ?? "on");
  if (MODES[type]) input.inputMode = MODES[type];
  return input;
}

function radio(id, at, { value }) {
  const input = made("input");
  input.type = "radio";
  input.name = id;
  input.id = `${id}-${at}`;
  input.value = value;
  return input;
}

function labelled(input, title) {
  const label = made("label", "", "option");
  label.append(input, title);
  return label;
}
