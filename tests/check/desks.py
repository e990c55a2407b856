"""Small folders for the tests of the checker: a base that is in order, and a way to write one mistake."""

from dataclasses import dataclass, field
from textwrap import dedent, indent

from bot.edges.desk_loader import load_core, load_texts
from bot.model.action import ActionSpec
from bot.model.base import JsonObject
from bot.model.desk import Finding
from bot.rules.check.desk import check_desk

MARK = "‸"
"""Stands in a case before the character that its finding must point at."""


def fields(**types: str | JsonObject) -> JsonObject:
    """A schema with these required fields; a text is short for its type."""
    properties = {name: {"type": kind} if isinstance(kind, str) else kind for name, kind in types.items()}
    return {
        "type": "object",
        "properties": properties,
        "required": list(types),
        "additionalProperties": False,
    }


_PLAN: JsonObject = {"anyOf": [{"enum": ["free", "pro", "enterprise"], "type": "string"}, {"type": "null"}]}
ACTIONS = {
    spec.name: spec
    for spec in (
        ActionSpec(
            name="crm.find_account",
            params=fields(email="string"),
            outputs=fields(
                found="boolean",
                id="string",
                plan=_PLAN,
                orders={"type": "array", "items": {"type": "string"}},
            ),
            effect="read",
        ),
        ActionSpec(
            name="tickets.create",
            params=fields(email="string", summary="string")
            | {
                "properties": {
                    "email": {"type": "string"},
                    "summary": {"type": "string"},
                    "priority": {"enum": ["low", "normal", "high"]},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "count": {"type": "integer", "minimum": 1},
                }
            },
            outputs=fields(id="string", number="integer", owner=fields(name="string")),
        ),
        ActionSpec(name="action_plain", effect="write"),
    )
}

BASE = """
settings: {env: [RESET_URL], teams: [support, billing]}
slots:
  email: {type: email}
  plan: {type: choice, values: [free, pro, enterprise]}
  amount: {type: number, min: 0}
  agreed: {type: boolean}
  city: {type: text}
responses:
  utter_ask_email: [{text: "Which address?"}]
  utter_ask_city: [{text: "Which city?"}]
  utter_done: [{text: "Done."}]
nlu:
  - intent: hello
    examples: [hello there, good morning]
flows:
  greet: {description: Says hello., triggers: [{intent: hello}], steps: [{say: Hello}]}
"""
PROMPT = """
name: classify
inputs: {message: text, hint: {type: text, required: false}}
prompt: "Classify {{ input.message }}"
output:
  type: object
  properties: {urgency: {type: string, enum: [low, normal, high]}, summary: {type: string}}
  required: [urgency, summary]
offline: {classifier: true, summary: {summary: message}}
"""
GOOD = {"base.yml": BASE, "prompts/classify.yml": PROMPT}


def steps(text: str, head: str = "") -> str:
    """A flow file whose one flow has these steps; ``head`` holds further keys of the flow."""
    keys = dedent(head).strip("\n")
    keys = indent(f"{keys}\n", "    ") if keys else ""
    flow = "flows:\n  f:\n    description: d\n"
    triggers = "" if "triggers:" in keys else "    triggers: [{intent: go}]\n"
    nlu = "nlu:\n  - {intent: go, examples: [go ahead, start it]}\n" if triggers else ""
    return f"{flow}{triggers}{keys}    steps:\n{indent(dedent(text).strip(chr(10)), '      ')}\n{nlu}"


@dataclass(frozen=True)
class Case:
    """One mistake: a file with MARK where its finding points, the other files, and words of the finding."""

    name: str
    code: str
    text: str
    words: tuple[str, ...] = ()
    file: str = "flows.yml"
    others: dict[str, str] = field(default_factory=dict)
    base: bool = True
    level: str = "error"

    @property
    def place(self) -> tuple[str, int, int]:
        before = self.text[: self.text.index(MARK)]
        return self.file, before.count("\n") + 1, len(before) - before.rfind("\n")

    @property
    def files(self) -> dict[str, str]:
        return {**(GOOD if self.base else {}), **self.others, self.file: self.text.replace(MARK, "", 1)}


def case(name: str, code: str, text: str, *words: str, **rest: object) -> Case:
    """A case whose text is a whole file."""
    return Case(name, code, dedent(text).lstrip("\n"), words, **rest)  # type: ignore[arg-type]


def in_steps(name: str, code: str, text: str, *words: str, head: str = "", **rest: object) -> Case:
    """A case whose mistake stands in the steps (or the head) of a flow."""
    return Case(name, code, steps(text, head), words, **rest)  # type: ignore[arg-type]


CORE = load_core()


def check(files: dict[str, str]) -> tuple[Finding, ...]:
    """All findings of a folder that is given as texts."""
    loaded = load_texts({name: text.encode() for name, text in files.items()}, CORE)
    return check_desk(loaded.authored, ACTIONS, loaded.findings)


def errors(files: dict[str, str]) -> list[Finding]:
    """The findings of a folder that are no warnings."""
    return [finding for finding in check(files) if finding.level == "error"]
