// How it looks. Sites change the --frontdesk-... variables; everything else stays inside. A sheet that is made here needs no
// exception in the site's Content-Security-Policy.

const CSS = `
:host {
  --page: var(--frontdesk-page, #f3f5f8); --sheet: var(--frontdesk-sheet, #fff); --ink: var(--frontdesk-ink, #17202c);
  --faint: var(--frontdesk-faint, #5b6675); --line: var(--frontdesk-line, #d8dee6);
  --accent: var(--frontdesk-accent, #1a5fd0); --accent-ink: var(--frontdesk-accent-ink, #fff);
  --link: var(--frontdesk-link, var(--accent)); --theirs: var(--frontdesk-bot, #eaeef4); --agent: var(--frontdesk-agent, #e3f3e6);
  --warn: var(--frontdesk-warn, #a3340b); --round: var(--frontdesk-radius, 1.05rem);
  --font: var(--frontdesk-font, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif);
  color-scheme: light dark;
}
DARK
:host([theme="light"]) { color-scheme: light; }
:host([theme="dark"]) { color-scheme: dark; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.chat { font: 1rem/1.45 var(--font); color: var(--ink); text-align: start; }
.panel { display: flex; flex-direction: column; background: var(--sheet); overflow: hidden; }
.chat[data-mode="bubble"] { position: fixed; inset-block-end: 1rem; inset-inline-end: 1rem; z-index: 2147483000; }
.chat[data-mode="bubble"] .panel {
  position: fixed; inset-block-end: 5.5rem; inset-inline-end: 1rem; inline-size: min(24rem, calc(100vw - 2rem));
  block-size: min(40rem, calc(100dvh - 7rem)); border: 1px solid var(--line); border-radius: var(--round);
  box-shadow: 0 .5rem 2rem rgb(0 0 0 / .25);
}
.chat[data-mode="page"] .panel { block-size: 100dvh; max-inline-size: 44rem; margin: 0 auto; border-inline: 1px solid var(--line); }
.chat[data-mode="inline"], .chat[data-mode="inline"] .panel { block-size: 100%; min-block-size: 20rem; }
.chat:not([data-mode="bubble"]) :is(.launcher, .closer) { display: none; }
:host([mode="inline"]) { display: block; }
.launcher {
  inline-size: 3.75rem; block-size: 3.75rem; padding: 0; border-radius: 50%; justify-content: center; position: relative;
  background: var(--accent); border-color: var(--accent); color: var(--accent-ink); box-shadow: 0 .25rem 1rem rgb(0 0 0 / .3);
}
.launcher:hover:not(:disabled), .send:hover:not(:disabled) { background: var(--accent); filter: brightness(1.1); }
svg { inline-size: 1.5rem; block-size: 1.5rem; display: block; }
.launcher svg { inline-size: 2rem; block-size: 2rem; }
.badge {
  position: absolute; inset-block-start: -.35rem; inset-inline-end: -.35rem; min-inline-size: 1.5rem; padding: 0 .35rem;
  border-radius: .75rem; background: #a3150b; color: #fff; font-size: .85rem; line-height: 1.5rem; text-align: center;
}
header { display: flex; align-items: center; gap: .6rem; padding: .6rem 1rem; border-block-end: 1px solid var(--line); min-block-size: 3.6rem; }
.headline { flex: 1; min-inline-size: 0; }
h1, h2 { font-size: 1.1rem; margin: 0; }
#standing, #status { margin: 0; color: var(--faint); font-size: .85rem; }
#log { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 1rem; min-block-size: 0; }
:is(#log, textarea, input, select, button, a, pre):focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
#log:focus-visible { outline-offset: -3px; }
textarea:focus-visible { outline-width: 2px; outline-offset: 0; }
#welcome, .notice { color: var(--faint); font-size: .9rem; text-align: center; margin: .6rem 0; }
#notices .notice { margin: 0 1rem .4rem; }
article { display: flex; flex-direction: column; align-items: flex-start; margin: .45rem 0; }
article.mine { align-items: flex-end; }
article .notice { align-self: center; }
.bubble {
  max-inline-size: min(85%, 34rem); padding: .55rem .85rem; border-radius: var(--round); background: var(--theirs);
  white-space: pre-wrap; overflow-wrap: anywhere; margin: 0;
}
.agent .bubble { background: var(--agent); }
.mine .bubble { background: var(--accent); color: var(--accent-ink); border-end-end-radius: .25rem; }
:is(.bot, .agent) .bubble { border-end-start-radius: .25rem; }
.bubble a { color: inherit; text-decoration: underline; }
.bubble img { display: block; max-inline-size: 100%; border-radius: .5rem; margin-block-start: .4rem; }
.bubble :is(ul, ol) { margin: .3rem 0; padding-inline-start: 1.4rem; white-space: normal; }
.bubble code { font: .9em ui-monospace, Menlo, Consolas, monospace; background: rgb(127 127 127 / .18); border-radius: .25rem; padding: 0 .25em; }
.bubble pre { margin: .3rem 0; overflow-x: auto; white-space: pre; }
.bubble pre code { background: none; padding: 0; }
.file { margin: 0; }
.waiting .bubble { background: color-mix(in srgb, var(--accent) 82%, #000); }
.who, .receipt { color: var(--faint); font-size: .75rem; margin: 0 .5rem; }
.problem { color: var(--warn); font-size: .85rem; margin: .2rem .3rem 0; }
.choices { display: flex; flex-wrap: wrap; gap: .4rem; margin: .4rem 0 0; }
button, .choices a {
  font: inherit; color: var(--link); background: transparent; border: 1px solid var(--link); border-radius: 1.4rem;
  padding: .4rem .9rem; min-block-size: 2.75rem; cursor: pointer; text-decoration: none; display: inline-flex; align-items: center;
}
button:hover:not(:disabled), .choices a:hover { background: color-mix(in srgb, var(--link) 12%, transparent); }
button:disabled { color: var(--faint); border-color: var(--line); cursor: default; }
button.chosen:disabled { border-color: var(--faint); }
.problem button { min-block-size: 2rem; padding: .1rem .6rem; }
.closer, .attach { border-color: transparent; padding: .5rem; color: var(--faint); flex: none; }
#typing { color: var(--faint); font-size: .85rem; margin: 0 1rem .4rem; }
.dots i {
  display: inline-block; inline-size: .35rem; block-size: .35rem; margin-inline-end: .15rem; border-radius: 50%; background: currentColor;
  animation: dot 1.2s infinite;
}
.dots i:nth-child(2) { animation-delay: .2s; }
.dots i:nth-child(3) { animation-delay: .4s; }
@keyframes dot { 0%, 60%, 100% { opacity: .25; } 30% { opacity: 1; } }
@media (prefers-reduced-motion: reduce) { .dots i { animation: none; } }
.fields {
  inline-size: min(85%, 34rem); margin: .4rem 0 0; padding: .8rem; border: 1px solid var(--line); border-radius: var(--round);
}
.fields fieldset { border: 0; margin: 0; padding: 0; min-inline-size: 0; }
.fields > fieldset { display: grid; gap: .8rem; }
.fields p { margin: 0; }
.formtitle { font-weight: 600; }
.hint { color: var(--faint); font-size: .85rem; }
.field > label, .fields legend { display: block; padding: 0; margin-block-end: .2rem; overflow-wrap: anywhere; }
.field :is(input:not([type="radio"]), select) {
  font: inherit; color: inherit; background: var(--page); inline-size: 100%; min-block-size: 2.75rem; padding: .4rem .7rem;
  border: 1px solid var(--faint); border-radius: .6rem;
}
.field [aria-invalid="true"] { border-color: var(--warn); border-width: 2px; }
.field .problem:not(:empty) { margin-block-start: .25rem; }
.field :is(input, select):disabled { color: var(--faint); background: transparent; border-color: var(--line); opacity: 1; }
.option { display: flex; gap: .5rem; align-items: center; min-block-size: 2.75rem; }
.fields .send { justify-self: start; }
.fields .send:disabled { background: transparent; border-color: var(--line); color: var(--faint); }
#form {
  display: flex; align-items: flex-end; gap: .5rem; border-block-start: 1px solid var(--line);
  padding: .7rem .8rem max(.7rem, env(safe-area-inset-bottom));
}
textarea {
  flex: 1; min-inline-size: 0; font: inherit; color: inherit; background: var(--page); border: 1px solid var(--faint); border-radius: 1.4rem;
  padding: .6rem .9rem; min-block-size: 2.75rem; max-block-size: 9rem; resize: none; field-sizing: content;
}
::placeholder { color: var(--faint); opacity: 1; }
.send { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); flex: none; }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; margin: -1px; padding: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 30rem) {
  .chat[data-mode="bubble"] .panel { inset: 0; inline-size: auto; block-size: 100dvh; border: 0; border-radius: 0; }
  .chat[data-mode="bubble"].is-open .launcher { display: none; }
  .chat[data-mode="page"] .panel { border: 0; }
}
`;
const DARK = `
  --page: var(--frontdesk-page, #0f141b); --sheet: var(--frontdesk-sheet, #171e28); --ink: var(--frontdesk-ink, #e8edf4);
  --faint: var(--frontdesk-faint, #9aa7b8); --line: var(--frontdesk-line, #2c3746); --accent: var(--frontdesk-accent, #2b6be0);
  --link: var(--frontdesk-link, #7fb0ff); --theirs: var(--frontdesk-bot, #232d3a); --agent: var(--frontdesk-agent, #1e3a2a);
  --warn: var(--frontdesk-warn, #ff9d70);
`;

let sheet;

/** One sheet for all chats of a page. */
export function styles() {
  if (sheet) return sheet;
  const dark = `@media (prefers-color-scheme: dark) { :host(:not([theme="light"])) {${DARK}} } :host([theme="dark"]) {${DARK}}`;
  sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS.replace("DARK", dark));
  return sheet;
}
