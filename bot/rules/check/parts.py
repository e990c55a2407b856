"""From one file's data to its parts: flows, slots, responses, prompts ..., each read on its own, so that one
broken part does not hide the others."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from bot.model.article import Article, ArticleHead, Asked
from bot.model.base import Word
from bot.model.desk import DeskSettings, Finding, IntentExamples, Lookup
from bot.model.flow import Flow, step_kind
from bot.model.prompt import PromptSpec
from bot.model.response import Say
from bot.model.slot import SlotSpec
from bot.rules.check.forms import DROP, Form, Listed, Reading, described, key_name, unknown_key
from bot.rules.check.grammar import form_of
from bot.rules.check.places import UNREAD, Path, SourceFile
from bot.rules.check.records import lost_step
from bot.rules.check.report import Report


@dataclass(frozen=True, slots=True)
class Part:
    """One named thing that a file holds.

    value:  its typed form as far as it could be read; None when nothing of it could. Steps that could not be
            read are stand-ins (see records.py).
    whole:  nothing about its shape was wrong, so ``value`` is what was written.
    twice:  another part before it has the same name.
    kept:   for lists that lost items, the index in the file of each item that is left (paths below ``path``).
    """

    kind: str
    name: str
    source: SourceFile
    path: Path
    value: Any
    whole: bool
    twice: bool = False
    kept: Mapping[Path, list[int]] = field(default_factory=dict)

    def file_path(self, path: Path) -> Path:
        """The path in the file for a path in the typed value below this part."""
        if not self.kept:
            return (*self.path, *path)
        out: Path = self.path
        for key in path:
            left = self.kept.get(out)
            out = (*out, left[key] if left is not None and isinstance(key, int) and key < len(left) else key)
        return out


@dataclass(frozen=True, slots=True)
class FileParts:
    """All parts of one file and what is wrong with their shape. ``gap``: some could not be told apart."""

    source: SourceFile
    parts: tuple[Part, ...] = ()
    findings: tuple[Finding, ...] = ()
    gap: bool = False


_TOP_ELSEWHERE: Final = {
    "flow": "Write `flows`.",
    "intents": "Intents are declared under `nlu`, as a list of {intent, examples}.",
    "actions": "Actions are code; a flow names them in `do`.",
    "entities": "Entities are found by slot types and `lookup` lists under `nlu`.",
    "forms": "A form is a `collect` step with several slots.",
    "rules": "Write a flow.",
    "stories": "Write a flow.",
    "session_config": "Sessions have no settings; delete it.",
    "steps": "Steps belong to a flow: flows: {name: {description, steps}}.",
    "triggers": "Triggers belong to a flow: flows: {name: {description, triggers, steps}}.",
    "stub_custom_actions": "Write `stub_actions`.",
    "prompt": "A prompt spec is a file of its own: prompts/<name>.yml.",
    "prompts": "Each prompt spec is a file of its own: prompts/<name>.yml.",
}
ASKED_KEYS: Final = ("questions", "evaluation")
_TEST_KEYS: Final = ("test_cases", "fixtures", "stub_actions", "metadata")
_TOP_KEYS: Final = ("flows", "nlu", "slots", "responses", "settings", *_TEST_KEYS, "version")


def read_parts(source: SourceFile, kind: str) -> FileParts:
    """The parts of one file. ``kind``: ``desk``, ``prompt`` (one spec a file), ``test`` or ``asked`` (questions)."""
    report = Report(source)
    if source.data is UNREAD:
        return FileParts(source, gap=True)
    if source.data is None:
        if not source.text.strip():
            report.at_value((), "empty-file", "this file is empty", "Write something into it, or delete it.", "warning")
        return FileParts(source, (), tuple(report.findings))
    if not isinstance(source.data, dict):
        what = f"a file holds keys and values, not {described(source.data)}"
        report.at_value((), "wrong-type", what, f"Begin it with one of {', '.join(_TOP_KEYS)}.")
        return FileParts(source, (), tuple(report.findings), gap=True)
    if kind == "prompt":
        parts = [_prompt(source, report)]
    elif kind == "asked":
        parts = list(_asked(source, report))
    else:
        parts = list(_sections(source, report))
    return FileParts(source, tuple(parts), tuple(report.findings), gap=kind == "desk" and _has_gap(source.data))


def read_article(source: SourceFile, name: str, language: str | None, body: str) -> FileParts:
    """An article as one part, of kind ``article``. ``source``: its front matter; ``language``: where that names
    none."""
    report = Report(source)
    head = None if source.data is UNREAD else source.data or {}
    part = _one("article", name, (), head, form_of(ArticleHead), ArticleHead, report) if head is not None else None
    if part is None or part.value is None or not part.whole:
        return FileParts(source, (lost_article(source, name),), tuple(report.findings))
    given = part.value.model_dump()
    article = Article(**(given | {"name": name, "body": body, "language": given["language"] or language}))
    return FileParts(source, (replace(part, value=article),), tuple(report.findings))


def lost_article(source: SourceFile, name: str) -> Part:
    """Stands where an article could not be read, so that nobody says that there is none."""
    return Part("article", name, source, (), None, whole=False)


def _asked(source: SourceFile, report: Report) -> Iterator[Part]:
    """Questions that try the articles: on some it is solved what an answer is, on others it is measured."""
    for key, value in source.data.items():
        if key not in ASKED_KEYS:
            unknown_key(key, ASKED_KEYS, "a file of knowledge/", (key,), Reading(report), {})
        elif not isinstance(value, list):
            what = f"`{key}` takes a list, not {described(value)}"
            report.at_value((key,), "wrong-type", what, "Write `- articles: [name]` and its `questions` below it.")
        else:
            for index, entry in enumerate(value):
                yield _one(key, str(index), (key, index), entry, form_of(Asked), Asked, report)


def _has_gap(data: dict[str, Any]) -> bool:
    """Whether a section is missing, has a name that nobody knows, or is not what holds names."""
    for key, value in data.items():
        named = key in ("flows", "slots", "responses") and not isinstance(value, dict)
        if key not in _TOP_KEYS or value is UNREAD or (named and value is not None):
            return True
        if isinstance(value, dict) and UNREAD in value.values():
            return True
    return False


def _prompt(source: SourceFile, report: Report) -> Part:
    stem = source.name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    name = source.data.get("name")
    if isinstance(name, str) and name != stem:
        what = f"this file is called {stem!r}, but the prompt in it {name!r}"
        report.at_value(("name",), "prompt-name", what, "Give both the same name.")
    return _one("prompt", stem, (), source.data, form_of(PromptSpec), PromptSpec, report)


def _sections(source: SourceFile, report: Report) -> Iterator[Part]:
    if "prompt" in source.data and "name" in source.data and not source.data.keys() & {"flows", "slots", "responses"}:
        what = "this looks like a prompt spec, and it does not stand under prompts/"
        report.at_key(("prompt",), "prompt-place", what, "Move it to prompts/<name>.yml.")
        return
    for key, value in source.data.items():
        if key not in _TOP_KEYS:
            unknown_key(key, _TOP_KEYS, "a file", (key,), Reading(report), _TOP_ELSEWHERE | _unindented(key, value))
        elif value is UNREAD or key == "version":
            continue
        elif key in _TEST_KEYS:
            yield Part(key, key, source, (key,), value, whole=False)
        else:
            yield from _READERS[key](value, report)


def _unindented(key: str, value: Any) -> dict[str, str]:
    """What a key without its section was meant to be, from what it holds."""
    keys = value.keys() if isinstance(value, dict) else ()
    section = "flows" if "steps" in keys else "slots" if "type" in keys else ""
    section = section or ("responses" if key.startswith("utter_") else "")
    return {key: f"Indent it, and all that it holds, below `{section}:`."} if section else {}


def _named(kind: str, form: Form, model: Any, value: Any, report: Report) -> Iterator[Part]:
    """A section of names, each with its declaration."""
    section: Path = (_SECTION_OF[kind],)
    if not isinstance(value, dict):
        if value is not None:
            what = f"`{section[0]}` takes names with what they mean, not {described(value)}"
            report.at_value(section, "wrong-type", what, f"Write `{kind}_name:` below it, and its keys below that.")
        return
    for name, inner in value.items():
        yield _one(kind, name, (*section, name), inner, form, model, report)


def _nlu(value: Any, report: Report) -> Iterator[Part]:
    if not isinstance(value, list):
        if value is not None:
            what = f"`nlu` takes a list, not {described(value)}"
            report.at_value(("nlu",), "wrong-type", what, "Write `- intent: name` and its `examples` below it.")
        return
    for index, entry in enumerate(value):
        path: Path = ("nlu", index)
        keys = entry.keys() if isinstance(entry, dict) else set()
        if keys & {"lookup", "synonym", "regex"}:
            yield _one("lookup", str(index), path, entry, form_of(Lookup), Lookup, report)
        else:
            name = entry.get("intent") if isinstance(entry, dict) else None
            name = name if isinstance(name, str) else ""
            yield _one("intent", name, path, entry, form_of(IntentExamples), IntentExamples, report)


def _settings(value: Any, report: Report) -> Iterator[Part]:
    if value is not None:
        yield _one("settings", "settings", ("settings",), value, form_of(DeskSettings), DeskSettings, report)


_SECTION_OF: Final = {"flow": "flows", "slot": "slots", "response": "responses"}
_SAYS: Final = TypeAdapter(tuple[Say, ...])


def _one(kind: str, name: str, path: Path, value: Any, form: Form, model: Any, report: Report) -> Part:
    """Read one part: first by its form, then by its type, which knows the rules between keys."""
    before = len(report.findings)
    reading = Reading(report)
    read = form.read(value, path, reading)
    typed = None if read is DROP else _typed(model, read, path, reading)
    whole = typed is not None and len(report.findings) == before and not _has_gaps(value)
    return Part(kind, name, report.source, path, typed, whole, kept=reading.kept)


def _has_gaps(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_gaps, value.values()))
    return any(map(_has_gaps, value)) if isinstance(value, list) else value is UNREAD


def _typed(model: Any, value: Any, path: Path, reading: Reading) -> Any:
    """The typed value. Where a rule between keys is broken: report it, take out the least, try again."""
    build: Callable[[Any], Any] = model.validate_python if isinstance(model, TypeAdapter) else model.model_validate
    for _ in range(20):
        try:
            return build(value)
        except ValidationError as error:
            errors = error.errors(include_url=False, include_context=False, include_input=False)
        troubles = [(_data_path(value, e["loc"]), e) for e in errors]
        for inner, trouble in troubles:
            _say(trouble, (*path, *inner), reading)
        # From the back, so that what is taken out of a list does not move what is still to be taken out.
        taken = [_take_out(value, inner, path, reading) for inner, _ in reversed(troubles)]
        if not all(taken):
            return None
    return None


def _data_path(value: Any, loc: tuple[int | str, ...]) -> Path:
    """Pydantic's place of an error, without the names of union arms, as far as it leads into the data."""
    path: Path = ()
    after_index = False
    for part in loc:
        is_tag = after_index and isinstance(value, dict) and step_kind(value) == part
        after_index = isinstance(part, int)
        if is_tag:
            continue
        if not _has(value, part):
            continue
        value = value[part]
        path = (*path, part)
    return path


def _has(value: Any, part: int | str) -> bool:
    if isinstance(value, list):
        return isinstance(part, int) and part < len(value)
    return isinstance(value, dict) and part in value


def _say(error: ErrorDetails, path: Path, reading: Reading) -> None:
    place = _file_path(path, reading)
    if any(seen[: len(place)] == place for seen in reading.report.paths):
        return  # what is wrong inside it has been said, and is the reason
    what, _, fix = error["msg"].removeprefix("Value error, ").partition(". ")
    if error["type"] == "missing":
        what, fix = f"{key_name(place)} needs `{error['loc'][-1]}`", f"Add `{error['loc'][-1]}:`"
    fix = f"{fix.rstrip('.')}." if fix else "Write it as the manual shows."
    second = _second_key(place, what, reading) if "exactly one of" in what else None
    reading.report.at_key(place if second is None else (*place, second), "incomplete", what, fix)


def _second_key(path: Path, what: str, reading: Reading) -> str | None:
    """Of keys that stand together and must not, the second."""
    mark, found = reading.report.source.mark_at(path)
    named = re.findall(r"\w+", what)
    places = sorted((place, key) for key, place in (mark.keys or {}).items() if found and key in named)
    return places[1][1] if len(places) > 1 else None


def _file_path(path: Path, reading: Reading) -> Path:
    out: Path = ()
    for key in path:
        left = reading.kept.get(out)
        out = (*out, left[key] if left is not None and isinstance(key, int) and key < len(left) else key)
    return out


def _take_out(value: Any, path: Path, base: Path, reading: Reading) -> bool:
    """Take the innermost list item out; of a step, leave a stand-in. False where there is no item."""
    spots: list[tuple[list[Any], int, Path]] = []
    owner = value
    for depth, key in enumerate(path):
        if isinstance(owner, list) and isinstance(key, int):
            spots.append((owner, key, (*base, *path[:depth])))
        owner = owner[key]
    if not spots:
        return False
    items, index, place = spots[-1]
    if step_kind(items[index]) is not None:
        items[index] = lost_step(items[index])
    else:
        kept = reading.kept.setdefault(_file_path(place, reading), list(range(len(items))))
        del items[index], kept[index]
    return True


_READERS: Final[Mapping[str, Callable[[Any, Report], Iterator[Part]]]] = {
    "flows": partial(_named, "flow", form_of(Flow), Flow),
    "slots": partial(_named, "slot", form_of(SlotSpec), SlotSpec),
    "responses": partial(_named, "response", Listed(form_of(Say), least=1), _SAYS),
    "nlu": _nlu,
    "settings": _settings,
}


def word_types() -> tuple[type[Word], ...]:
    """The types whose keys are checked here, for the tests that compare forms with types."""
    return (Flow, SlotSpec, Say, PromptSpec, DeskSettings, IntentExamples, Lookup, ArticleHead, Asked)
