"""What came of one step of a case, and whether it is what the case expects. A mismatch is told in words."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from bot.model.base import Json, JsonObject
from bot.model.case import (
    ANY,
    ActionIs,
    Assertion,
    BotSays,
    FinishedIs,
    FlowIs,
    HandoffIs,
    RespondIs,
    ReviewIs,
    SlotIs,
)
from bot.model.effect import Record
from bot.model.handoff import Handoff, ReviewItem
from bot.model.message import Reply
from bot.rules.advance.machine import Visit
from bot.testing.instance import MemoryInstance
from bot.testing.recorded_actions import Called

Mismatch = str | None
"""What is wrong; None when nothing is."""
ALIKE = 0.4
"""Texts with fewer words in common are easier to read one after the other."""
_UNDONE = frozenset({"abandoned", "failed", "handed_over", "linked"})


@dataclass
class Turn:
    """Everything that one step (a message, a review, time ...) led to.

    heard, called: how many replies and calls the case has looked at. strict: it looks at replies, so at all of them.
    slots, before: what was filled behind this step, and before it.
    step_ids: of each (flow, place), the id or the place of the step.
    """

    replies: list[Reply] = field(default_factory=list)
    calls: list[Called] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    handoffs: list[Handoff] = field(default_factory=list)
    reviews: list[ReviewItem] = field(default_factory=list)
    trail: list[Visit] = field(default_factory=list)
    slots: JsonObject = field(default_factory=dict)
    before: JsonObject = field(default_factory=dict)
    runs: list[MemoryInstance] = field(default_factory=list)
    step_ids: Callable[[Visit], str] = lambda visit: visit[1]
    heard: int = 0
    called: int = 0
    strict: bool = False

    # --- steps -------------------------------------------------------------------------------------------------------

    def next_reply(self, wanted: BotSays | None) -> Mismatch:
        """The next reply is like this; None: there is no next one."""
        self.strict = True
        following = self.replies[self.heard] if self.heard < len(self.replies) else None
        if wanted is None:
            return None if following is None else f"the bot was to say nothing more, and said {shown(following)}"
        if following is None:
            return f"expected {wish(wanted)}, and the bot said nothing{' more' if self.replies else ''}"
        trouble = unlike(wanted, following)
        if trouble is not None:
            return trouble
        self.heard += 1
        return None

    def next_reply_named(self, response: str) -> Mismatch:
        return self.next_reply(BotSays(utter_name=response))

    def left_over(self) -> Mismatch:
        """A case that looks at replies looks at all of them."""
        if self.strict and self.heard < len(self.replies):
            return f"the bot also said {shown(self.replies[self.heard])}"
        return None

    def action(self, wanted: ActionIs) -> Mismatch:
        for index in range(self.called, len(self.calls)):
            call = self.calls[index]
            if call.action == wanted.name and _holds(wanted.with_, call.args):
                self.called = index + 1
                return None
        done = "; ".join(f"{call.action} {_json(call.args)}" for call in self.calls[self.called :])
        arguments = f" with {_json(wanted.with_)}" if wanted.with_ else ""
        return f"expected the action {wanted.name}{arguments}, and there was {done or 'none'}"

    def handoff(self, wanted: HandoffIs | None) -> Mismatch:
        if wanted is None:
            return f"expected no handoff, and there was {_handoff(self.handoffs[-1])}" if self.handoffs else None
        if not self.handoffs:
            return "expected a handoff, and there was none"
        found = self.handoffs[-1]
        packet = found.packet
        fits = (
            wanted.team in (None, found.team)
            and wanted.priority in (None, found.priority)
            and wanted.reason in (None, packet.reason)
            and (wanted.note_matches is None or re.search(wanted.note_matches, packet.note or ""))
            and (wanted.summary_matches is None or re.search(wanted.summary_matches, packet.summary))
        )
        return None if fits else f"expected a handoff with {_given(wanted)}, and there was {_handoff(found)}"

    def review_asked(self, wanted: ReviewIs) -> Mismatch:
        if not self.reviews:
            return "expected a review, and none was asked for"
        found = self.reviews[-1]
        fits = wanted.team in (None, found.team) and re.search(wanted.title_matches or "", found.title)
        return None if fits else f"expected a review with {_given(wanted)}, and there was {found.team}: {found.title!r}"

    def slots_set(self, wanted: Iterable[SlotIs]) -> Mismatch:
        for slot in wanted:
            values = [*self._emptied(slot.name), *self._set_to(slot.name)]
            values += [self.slots[slot.name]] if slot.name in self.slots else []
            if not any(slot.value in (ANY, value) for value in values):
                want = "" if slot.value == ANY else f" to {_json(slot.value)}"
                return f"expected slot {slot.name} to be set{want}, and it is {_json(values[-1] if values else None)}"
        return None

    def slots_not_set(self, wanted: Iterable[SlotIs]) -> Mismatch:
        for slot in wanted:
            found = [value for value in self._set_to(slot.name) if slot.value in (ANY, value)]
            if found:
                return f"expected slot {slot.name} not to be set, and it was set to {_json(found[-1])}"
        return None

    def _emptied(self, name: str) -> list[Json]:
        """What a flow that ended in this turn took with it."""
        ended = any(record.event == "FlowFinished" for record in self.records)
        return [self.before[name]] if ended and name in self.before and self.slots.get(name) is None else []

    def _set_to(self, name: str) -> list[Json]:
        sets = [record.data for record in self.records if record.event == "SlotSet" and record.data["name"] == name]
        return [data["value"] for data in sets if data["value"] is not None]

    def respond(self, wanted: RespondIs) -> Mismatch:
        answers = [answer for run in self.runs for answer in run.responses]
        if not answers:
            return "expected an answer to the caller, and there was none"
        found = answers[-1]
        if found.status == wanted.status and (wanted.json_ == ANY or _holds(wanted.json_, found.json_)):
            return None
        body = "" if wanted.json_ == ANY else f" {_json(wanted.json_)}"
        return f"expected the answer {wanted.status}{body}, and it was {found.status} {_json(found.json_)}"

    def finished(self, wanted: FinishedIs) -> Mismatch:
        ends = [run.finished for run in self.runs if run.finished is not None]
        if not ends:
            failed = [
                f"it failed at {run.failed.step}: {run.failed.failure.message}" for run in self.runs if run.failed
            ]
            return f"expected the run to end as {wanted.outcome!r}, and {failed[-1] if failed else 'it has not ended'}"
        if ends[-1].outcome == wanted.outcome and (wanted.outputs is None or _holds(wanted.outputs, ends[-1].outputs)):
            return None
        given = "" if wanted.outputs is None else f" with {_json(wanted.outputs)}"
        found = f"{ends[-1].outcome!r} with {_json(ends[-1].outputs)}"
        return f"expected the run to end as {wanted.outcome!r}{given}, and it ended as {found}"

    def failed(self, step: str) -> Mismatch:
        failures = [run.failed for run in self.runs if run.failed is not None]
        if failures and failures[-1].step == step:
            return None
        return (
            f"expected the run to fail at {step}, and it {'failed at ' + failures[-1].step if failures else 'did not'}"
        )

    # --- assertions --------------------------------------------------------------------------------------------------

    def check(self, assertion: Assertion) -> Mismatch:
        """One of Rasa's assertions."""
        wanted = getattr(assertion, name := next(iter(assertion.model_fields_set)))
        checks: dict[str, Callable[..., Mismatch]] = {
            "flow_started": self._flow_started,
            "flow_completed": self._flow_completed,
            "flow_cancelled": self._flow_cancelled,
            "slot_was_set": self.slots_set,
            "slot_was_not_set": self.slots_not_set,
            "action_executed": self._executed,
            "bot_uttered": self._uttered,
            "bot_did_not_utter": self._did_not_utter,
            "pattern_clarification_contains": self._clarification_contains,
        }
        return checks[name](wanted)

    def _flow_started(self, wanted: FlowIs) -> Mismatch:
        started = self._flows("FlowStarted")
        return None if wanted.flow_id in started else f"expected flow {wanted.flow_id} to start; {_begun(started)}"

    def _flow_completed(self, wanted: FlowIs) -> Mismatch:
        ends = [r.data for r in self.records if r.event == "FlowFinished" and r.data["outcome"] not in _UNDONE]
        if wanted.flow_id not in [data["flow"] for data in ends]:
            return f"expected flow {wanted.flow_id} to be completed; {_begun([d['flow'] for d in ends], 'completed')}"
        if wanted.flow_step_id is None:
            return None
        last = [self.step_ids(visit) for visit in self.trail if visit[0] == wanted.flow_id][-1:]
        if last == [wanted.flow_step_id]:
            return None
        return f"expected {wanted.flow_step_id} to be the last step of {wanted.flow_id}, and it was {' '.join(last)}"

    def _flow_cancelled(self, wanted: FlowIs) -> Mismatch:
        gone = [r.data["flow"] for r in self.records if r.event == "FlowFinished" and r.data["outcome"] == "abandoned"]
        gone += self._flows("FlowCancelled")
        return (
            None if wanted.flow_id in gone else f"expected flow {wanted.flow_id} to be cancelled; {_begun(gone, 'was')}"
        )

    def _flows(self, event: str) -> list[str]:
        return [record.data["flow"] for record in self.records if record.event == event]

    def _executed(self, wanted: ActionIs) -> Mismatch:
        """Rasa counts responses as actions."""
        if wanted.name.startswith("utter_"):
            return self._uttered(BotSays(utter_name=wanted.name))
        fits = any(call.action == wanted.name and _holds(wanted.with_, call.args) for call in self.calls)
        done = ", ".join(call.action for call in self.calls)
        return None if fits else f"expected the action {wanted.name}, and there was {done or 'none'}"

    def _uttered(self, wanted: BotSays) -> Mismatch:
        if any(unlike(wanted, reply) is None for reply in self.replies):
            return None
        said = ", ".join(shown(reply) for reply in self.replies)
        return f"expected {wish(wanted)}, and the bot said {said or 'nothing'}"

    def _did_not_utter(self, wanted: BotSays) -> Mismatch:
        found = next((reply for reply in self.replies if unlike(wanted, reply) is None), None)
        return None if found is None else f"the bot was not to say {wish(wanted)}, and said {shown(found)}"

    def _clarification_contains(self, wanted: tuple[str, ...]) -> Mismatch:
        offered = [button.payload for reply in self.replies for button in reply.buttons]
        missing = [flow for flow in wanted if f"/{flow}" not in offered]
        return f"expected {', '.join(missing)} to be offered, and it was {offered}" if missing else None


def unlike(wanted: BotSays, reply: Reply) -> Mismatch:
    """How a reply is not as wanted."""
    text = reply.text or ""
    if wanted.utter_name is not None and reply.response != wanted.utter_name:
        return f"expected {wanted.utter_name}, and the bot said {shown(reply)}"
    if wanted.text is not None and _plain(text) != _plain(wanted.text):
        return "\n".join(
            [f"expected {_json(wanted.text)}, and the bot said {shown(reply)}", *marked(wanted.text, text)]
        )
    if wanted.text_matches is not None and re.search(wanted.text_matches, text) is None:
        return f"expected a text that matches {wanted.text_matches!r}, and the bot said {shown(reply)}"
    for button in wanted.buttons or ():
        if not any(b.title == button.title and button.payload in (None, b.payload) for b in reply.buttons):
            titles = ", ".join(repr(b.title) for b in reply.buttons)
            return f"expected a button {button.title!r}, and there was {titles or 'none'}"
    if wanted.buttons == () and reply.buttons:
        return f"expected no buttons, and there was {reply.buttons[0].title!r}"
    return _unlike_form(wanted, reply)


def _unlike_form(wanted: BotSays, reply: Reply) -> Mismatch:
    """The slots that a form asks for, in order; ``()``: there is none."""
    asked = tuple(field.slot for field in reply.form.fields) if reply.form else ()
    if wanted.form is None or wanted.form == asked:
        return None
    return f"expected a form for {', '.join(wanted.form) or 'nothing'}, and it was for {', '.join(asked) or 'nothing'}"


def marked(wanted: str, found: str) -> list[str]:
    """Where two texts that are much alike differ, word by word: ``[-wanted-]{+said+}``; else nothing."""
    before, after = wanted.split(), found.split()
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < ALIKE:
        return []
    words: list[str] = []
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            words += before[i1:i2]
            continue
        gone, come = " ".join(before[i1:i2]), " ".join(after[j1:j2])
        words.append((f"[-{gone}-]" if gone else "") + (f"{{+{come}+}}" if come else ""))
    return [f"      {' '.join(words)}"]


def _plain(text: str) -> str:
    return " ".join(text.split())


def shown(reply: Reply) -> str:
    """A reply as failures print it."""
    named = f" ({reply.response})" if reply.response else ""
    return f"{_json(reply.text if reply.text is not None else reply.model_dump(exclude_defaults=True))}{named}"


def wish(wanted: BotSays) -> str:
    """What is wanted of a reply, as failures print it."""
    if wanted.text is not None:
        return _json(wanted.text)
    if wanted.text_matches is not None:
        return f"a text that matches {wanted.text_matches!r}"
    if wanted.form is not None:
        return f"a form for {', '.join(wanted.form)}"
    return wanted.utter_name or "buttons " + ", ".join(repr(button.title) for button in wanted.buttons or ())


def _holds(wanted: Json, found: Json) -> bool:
    """Equal, where a mapping may have more keys than are wanted."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(key in found and _holds(value, found[key]) for key, value in wanted.items())
    return bool(wanted == found)


def _handoff(found: Handoff) -> str:
    return f"one with team {found.team}, reason {found.packet.reason}, priority {found.priority}"


def _given(wanted: HandoffIs | ReviewIs) -> str:
    return ", ".join(f"{name} {getattr(wanted, name)}" for name in sorted(wanted.model_fields_set)) or "anything"


def _begun(flows: list[str], did: str = "started") -> str:
    return f"{', '.join(flows)} {did}" if flows else f"none {did}"


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
