"""What a turn of the contact does, by what policy decided."""

from typing import assert_never

from bot.model.base import Json, JsonObject
from bot.model.decision import (
    AskWhich,
    Chat,
    Continue,
    Correct,
    Decision,
    FetchPerson,
    FillForm,
    LateForm,
    Later,
    Listen,
    Misunderstood,
    Postpone,
    Repair,
    StartFlow,
    StillWorking,
)
from bot.model.flow import CollectStep, HandoffSpec
from bot.model.incoming import Said
from bot.model.message import FileRef
from bot.model.parse import Parse
from bot.model.remembered import Deferred
from bot.model.state import Frame, Line, State
from bot.rules.advance.collecting import answer, put_question, read_answer
from bot.rules.advance.control import with_defaults
from bot.rules.advance.ending import cancel_all, drop, finish_chain, forget_slots
from bot.rules.advance.filling import fill_form, written_form
from bot.rules.advance.machine import Machine
from bot.rules.advance.packet import hand_over
from bot.rules.advance.places import chains, gives_way, leaves, open_question
from bot.rules.advance.prefilling import Words, prefill
from bot.rules.advance.repairing import correct, repair
from bot.rules.advance.talk import utter_plain
from bot.rules.masking import MASK
from bot.rules.program import LoadedBundle
from bot.rules.values import Refused

HUMAN_REQUEST = "human_request"
DIGRESSION = "pattern_handle_digressions"
SEARCH = "pattern_search"
CONTINUE = "pattern_continue_interrupted"
_NO_WISH = Continue | FillForm | LateForm | Listen | StillWorking | Repair | Correct | Chat
_STILL_LOST = Misunderstood | AskWhich | Listen
LONGEST_SUMMARY = 600
LONGEST_UNCLEAR = 1_000
SHORTEST_WISH = 4
"""Words from which a choice between wishes is one in the contact's own words."""
MAX_DEFERRED = 5
SECRETS_KEPT = 20
MOST_FILES = 5
MAX_CHAINS = 20
"""Flows that may be under way in one conversation. Above it the oldest is given up."""


def said(m: Machine, event: Said) -> None:  # noqa: C901, PLR0912  # one arm for each decision
    """Note the turn, then do what was decided."""
    meant = _offered(m, event)
    kept = _note(m, event)
    decision = event.decision
    _count(m, decision)
    if kept != event.text and not isinstance(decision, Continue):
        event = event.model_copy(update={"text": kept})  # a flow that begins has no more of it than its slots
    match decision:
        case Listen():
            pass
        case StartFlow():
            _start(m, event, decision, meant)
        case Continue():
            _answer(m, event)
        case FillForm():
            assert event.form is not None
            fill_form(m, event.form)
        case LateForm():
            _refuse_late_form(m)
        case AskWhich():
            m.state.misunderstood += 1
            _ask_which(m, event, decision, {"ambiguous": True})
        case Misunderstood():
            m.state.misunderstood += 1
            counted = {"times": m.state.misunderstood, "asked_back": m.state.asked_back, "upset": decision.upset}
            _ask_which(m, event, decision, counted)
        case Chat():
            _chat(m, event, decision)
        case Postpone():
            _postpone(m, event, decision)
        case StillWorking():
            utter_plain(m, _any_loaded(m), "utter_still_working")
        case FetchPerson():
            _fetch_person(m, decision)
        case Repair():
            repair(m, decision)
        case Correct():
            correct(m, decision)
        case never:
            assert_never(never)


def _offered(m: Machine, event: Said) -> Words | None:
    """What the contact said before being asked which wish that was, where one of those offered is begun now."""
    decision, state = event.decision, m.state
    if not state.offered or not isinstance(decision, StartFlow):
        return None
    flow = m.bundles[decision.bundle].programs[decision.flow].flow
    begins = {trigger.intent for trigger in flow.triggers}
    return Words(state.unclear, state.wish) if begins & {intent for intent, _ in state.offered} else None


def _count(m: Machine, decision: Decision) -> None:
    """How far it is to a person: what was understood brings the contact back to the beginning of the way."""
    state = m.state
    state.offered, state.unclear = [], ""
    if not isinstance(decision, Continue):
        beside = isinstance(decision, Chat) or (isinstance(decision, Repair) and decision.do == "explain")
        state.chats = state.chats + 1 if beside else 0
    if not isinstance(decision, _STILL_LOST | Chat):
        state.misunderstood, state.asked_back = 0, False


def _refuse_late_form(m: Machine) -> None:
    """Nothing of it counts; what is asked now is asked once more."""
    utter_plain(m, _any_loaded(m), "utter_form_closed")
    if (question := open_question(m.state)) is not None:
        question[0].interrupted = True


def _any_loaded(m: Machine) -> LoadedBundle:
    return m.loaded(m.state.frames[-1]) if m.state.frames else next(iter(m.bundles.values()))


def _ask_which(m: Machine, event: Said, decision: AskWhich | Misunderstood, counted: JsonObject) -> None:
    """Begin the pattern that asks back; the next turn may choose in words."""
    m.state.offered = list(decision.choices)
    m.state.unclear = event.text[:LONGEST_UNCLEAR] if decision.choices else ""
    m.state.asked_back = m.state.asked_back or bool(decision.choices)
    options = [{"intent": intent, "title": title} for intent, title in decision.choices]
    _interrupt(m)
    m.push(decision.flow, decision.bundle, _input(event) | counted | {"choices": options})


def _chat(m: Machine, event: Said, decision: Chat) -> None:
    """Small talk. A file that came without a word is for the flow that asks, else kept for the next that begins."""
    question = open_question(m.state)
    if decision.about.startswith("file") and not (question is not None and prefill(m, question[0], event)):
        m.state.files = [*m.state.files, *event.files][-MOST_FILES:]
    _interrupt(m)
    m.push(decision.flow, decision.bundle, _input(event) | {"about": decision.about})


def _postpone(m: Machine, event: Said, decision: Postpone) -> None:
    """The open question stays where it is; what else is wished for is told to wait, or that it has no place here."""
    question, wish = open_question(m.state), decision.wish
    if question is not None and decision.do == "defer":
        _keep_for_later(m, wish, _input(event), question[0].root, event.parse)
    _interrupt(m)
    m.push(decision.flow, decision.bundle, _input(event) | {"how": decision.do, "flow": decision.title})


def _keep_for_later(m: Machine, wish: StartFlow | Later, given: JsonObject, behind: int, parse: Parse) -> None:
    if any(one.flow == wish.flow and one.input.get("text") == given.get("text") for one in m.state.deferred):
        return
    given = given | ({"about": "question"} if wish.flow == SEARCH else {})
    inputs = with_defaults(m.bundles[wish.bundle].programs[wish.flow].flow, given)
    kept = Deferred(
        flow=wish.flow, bundle=wish.bundle, input=inputs, behind=behind, turn=m.state.turn, parse=parse
    )  # fmt: skip
    m.state.deferred = [*m.state.deferred, kept][-MAX_DEFERRED:]
    m.record("FlowDeferred", flow=wish.flow)


def begin_deferred(m: Machine) -> bool:
    """Begin what was kept for the end of a flow that has ended. False when there is none.

    What was kept beside it waits for its end in turn, and the same flow for another number until the one before is
    through.
    """
    roots = {frame.root for frame in m.state.frames}
    under_way = {frame.flow for frame in m.state.frames}
    due = next((one for one in m.state.deferred if one.behind not in roots and one.flow not in under_way), None)
    if due is None or not m.around.is_conversation:
        return False
    m.state.deferred = [one for one in m.state.deferred if one is not due]
    _interrupt(m)
    frame = m.push(due.flow, due.bundle, due.input)
    m.state.deferred = [
        one.model_copy(update={"behind": frame.root}) if one.behind == due.behind else one for one in m.state.deferred
    ]
    if due.parse is not None:
        files = tuple(FileRef.model_validate(one) for one in due.input.get("files") or ())
        prefill(m, frame, Words(str(due.input.get("text") or ""), due.parse, files))
    _tell_what_comes(m, frame, due)
    return True


def _tell_what_comes(m: Machine, frame: Frame, due: Deferred) -> None:
    """Something else was talked about since: the contact may have forgotten it."""
    home = m.home_of(CONTINUE)
    if m.state.turn > due.turn and home is not None:
        m.push(CONTINUE, home, {"flow": m.titled(frame), "next": True})


def _note(m: Machine, event: Said) -> str:
    """Put the turn on record; returns the words as they are kept."""
    state = m.state
    state.turn += 1
    state.turn_began_at = m.around.now
    state.told_waiting = False
    state.buttons = []
    state.contact = {name: m.around.conversation.get(name) for name in ("channel", "sender")} | state.contact
    state.contact |= event.contact
    state.parse = event.parse
    if not isinstance(event.decision, _NO_WISH) and not _only_for_person(state, event):
        state.wish = event.parse
    state.language = event.parse.language
    if (question := open_question(state)) is not None and question[1].waiting is not None:
        question[1].waiting.reminded = False
    text = _masked(m, event)
    if text != event.text:
        state.parse = _without_values(state.parse)
        state.wish = _without_values(state.wish)
        state.secret_messages = [*state.secret_messages, *event.message_ids][-SECRETS_KEPT:]
    if event.summarised is not None:
        _take_summary(m, event.summarised)
    if event.revises is not None:
        m.record(**event.revises)
    m.remember(Line(who="contact", text=text))
    # What is sent as an answer that is to be kept secret is kept out of the record as the words are.
    kept = event.files if text == event.text else ()
    files = {"files": [file.model_dump(mode="json") for file in kept]} if kept else {}
    m.record("MessageReceived", text=text, ids=list(event.message_ids), channel=event.channel, **files)
    m.record(
        "MessageUnderstood",
        intent=event.parse.intent,
        confidence=round(event.parse.confidence, 4),
        language=event.parse.language,
        decision=event.decision.do,
    )
    if event.asked is not None:
        m.record("ModelAsked", **event.asked)
    return text


def _take_summary(m: Machine, summarised: JsonObject) -> None:
    """A failed call is made again as late as one that gave something."""
    m.state.summarised_turn = m.state.turn
    if summarised.get("summary"):
        m.state.summary = str(m.mask(summarised["summary"]))[:LONGEST_SUMMARY]
    m.record("ModelAsked", **summarised["asked"])


def _only_for_person(state: State, event: Said) -> bool:
    """Who asks for a person in the middle of something is still after that."""
    return bool(state.frames) and event.parse.intent == HUMAN_REQUEST


def _masked(m: Machine, event: Said) -> str:
    """The words as they are kept: what answers a sensitive question, or would fill such a slot by the way, is not."""
    if event.form is not None:
        return written_form(m, event.form)
    question = open_question(m.state)
    if question is not None and not isinstance(event.decision, Repair | Chat | Listen):
        frame, cursor = question
        spec = m.slot(frame, cursor.waiting.slot or "") if cursor.waiting else None
        if spec is not None and spec.sensitive:
            return MASK
    if isinstance(event.decision, Correct) and any(_is_secret(m, name) for name in event.decision.slots):
        return MASK
    specs = {name: spec for loaded in m.bundles.values() for name, spec in loaded.bundle.slots.items()}
    secret = {word for name, spec in specs.items() if spec.sensitive and spec.prefill for word in (name, spec.type)}
    text = event.text
    for entity in event.parse.entities:
        if entity.entity in secret:
            text = text.replace(entity.text, MASK)
    return text


def _without_values(parse: Parse) -> Parse:
    """What was understood, as it is kept, without the values that were found: one of them is the secret."""
    return parse.model_copy(update={"entities": ()})


def _is_secret(m: Machine, slot: str) -> bool:
    spec = m.slot_anywhere(slot)
    return spec is not None and spec.sensitive


def _input(event: Said) -> JsonObject:
    """``input`` of a flow that a message starts."""
    files = [file.model_dump(mode="json") for file in event.files]
    return {"text": event.text, "files": files, "channel": event.channel}


def _interrupt(m: Machine) -> None:
    """Something comes between the open question and its answer: it is to be put once more."""
    question = open_question(m.state)
    if question is None:
        return
    if gives_way(question[0]):
        finish_chain(m, question[0], "left")
    else:
        question[0].interrupted = True
        question[0].left_in_turn = m.state.turn


def _start(m: Machine, event: Said, decision: StartFlow, meant: Words | None = None) -> None:
    """meant: what was said of it before, when it was not understood."""
    if meant is not None and (event.payload is not None or len(event.text.split()) < SHORTEST_WISH):
        event = event.model_copy(update={"text": meant.text})
    event = event.model_copy(update={"files": (*m.state.files, *event.files)})
    m.state.files = []
    if decision.instead:
        cancel_all(m, "contact")
    _interrupt(m)
    frame = _taken_up(m, decision.flow) or _begun(m, event, decision)
    for name, value in decision.slots.items():
        _fill_from_button(m, frame, name, value)
    prefill(m, frame, event)
    if meant is not None:
        prefill(m, frame, meant)
    for wish in decision.later:
        _keep_for_later(m, wish, {**_input(event), "text": wish.text}, frame.root, wish.parse)
    if decision.later and _will_ask(m, frame) and (home := m.home_of(DIGRESSION)) is not None:
        m.push(DIGRESSION, home, {"how": "several", "flow": ", ".join(wish.title for wish in decision.later)})


def _will_ask(m: Machine, frame: Frame) -> bool:
    """Whether the flow may have questions left, so that whatever comes behind it has to wait for answers."""
    programs = m.loaded(frame).programs
    nodes = (node for name, one in programs.items() if not name.startswith("pattern_") for node in one.nodes.values())
    steps = [node.step for node in nodes if isinstance(node.step, CollectStep)]
    return any(m.state.slots.get(name) is None for step in steps for name in step.slots)


def _taken_up(m: Machine, flow: str) -> Frame | None:
    """A flow that was interrupted at a question and is wished for again goes on where it was."""
    for chain in chains(m.state):
        asking = [f for f in chain for c in leaves(f.cursor) if c.waiting is not None and c.waiting.kind == "collect"]
        if chain[-1].flow == flow and asking:
            m.record("FlowResumed", flow=flow, frame=chain[-1].number)
            asking[0].left_in_turn = None
            rest = [frame for frame in m.state.frames if frame.root != chain[0].root]
            m.state.frames = [*rest, *reversed(chain)]
            return asking[0]
    return None


def _begun(m: Machine, event: Said, decision: StartFlow) -> Frame:
    flow = m.bundles[decision.bundle].programs[decision.flow].flow
    every = chains(m.state)
    if len(every) >= MAX_CHAINS:
        oldest = every[-1]
        m.record("FlowCancelled", flow=oldest[-1].flow, frame=oldest[-1].number, by="too many flows under way")
        drop(m, oldest)
        for frame in oldest:
            forget_slots(m, frame)
    return m.push(decision.flow, decision.bundle, with_defaults(flow, _input(event)))


def _fill_from_button(m: Machine, frame: Frame, name: str, value: Json) -> None:
    """A payload may fill what the contact could fill by words as well; anybody can type one."""
    spec = m.slot(frame, name)
    if spec is None or not (spec.prefill or name in m.loaded(frame).collected):
        m.record("SlotIgnored", name=name, reason="no message may fill it")
        return
    try:
        m.set_slot(frame, name, value)
    except ValueError as refused:
        m.record("SlotIgnored", name=name, reason=str(refused))


def _answer(m: Machine, event: Said) -> None:
    question = open_question(m.state)
    if question is None:
        return
    frame, cursor = question
    assert cursor.waiting is not None
    asked = m.slot(frame, cursor.waiting.slot or "")
    by_the_way = prefill(m, frame, event, but=asked)
    if asked is not None and by_the_way and isinstance(read_answer(m, asked, event, cursor.waiting.heard), Refused):
        # It was of use, only not for this question, so it is no refused answer.
        utter_plain(m, m.loaded(frame), "utter_noted")
        put_question(m, frame, cursor)
    else:
        answer(m, frame, cursor, event)


def _fetch_person(m: Machine, decision: FetchPerson) -> None:
    frame = m.state.frames[-1] if m.state.frames else None
    utter_plain(m, _any_loaded(m), "utter_human_handoff")
    hand_over(m, frame, None, HandoffSpec(reason=decision.reason, priority=decision.priority))
