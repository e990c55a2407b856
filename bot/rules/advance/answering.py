"""``answer``: search the articles, then say prepared words, or have a model put the passages into words.

Two effects, each recorded once: the action ``knowledge.search``, and in generative mode a question to a model. What the
model gives is checked against the passages; where it does not stand on them, the prepared words are said.
"""

from collections.abc import Sequence
from typing import Final

from pydantic import ValidationError

from bot.model.action import Failure
from bot.model.article import FoundPassage, Search
from bot.model.base import Json, JsonObject
from bot.model.effect import Act, Think
from bot.model.flow import AnswerStep
from bot.model.remembered import Through
from bot.model.state import Cursor, Frame
from bot.rules.advance.calling import SEARCH, begin, named_spec, seconds_of, think
from bot.rules.advance.context import context_of
from bot.rules.advance.ending import fail_step
from bot.rules.advance.machine import Machine
from bot.rules.advance.talk import utter
from bot.rules.expression import EvaluationError
from bot.rules.follow_up import leans
from bot.rules.grounding import NO_ARTICLE, answer_schema, why_ungrounded, without_marks
from bot.rules.program import Node

PROMPT: Final = "answer_from_articles"
"""The prompt spec of generative answers; a desk overrides it by one of the same name."""
SAID: Final = "utter_answer"
LONGEST_KEPT: Final = 300
"""Characters of a question that the next one may lean on."""
MOST_GIVEN: Final = 4
"""Passages that a model is given."""


def answer_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    step = node.step
    assert isinstance(step, AnswerStep)
    knowledge = m.loaded(frame).bundle.knowledge
    if knowledge is None:
        m.tried(frame, node, SEARCH, "failed: unavailable")
        failure = Failure(kind="unavailable", message="this desk has no articles")
        fail_step(m, frame, cursor, node, failure)
        return
    question = _question(m, frame, cursor, step)
    args: JsonObject = {
        "question": question,
        "language": m.state.language or m.loaded(frame).bundle.settings.languages[0],
        "articles": list(step.answer.articles),
        "knowledge": knowledge,
    }
    if (before := _leant_on(m, question)) is not None:
        args |= {"before": before.question, "said": before.passage}
    shown = m.mask(args)
    act = Act(
        key=m.key(frame, node), frame=frame.number, node=node.name, action=SEARCH, args=args,
        shown=None if shown == args else shown, timeout_seconds=seconds_of(step), retries=step.settings.retries,
    )  # fmt: skip
    begin(m, cursor, act)


def _question(m: Machine, frame: Frame, cursor: Cursor, step: AnswerStep) -> str:
    """What is looked for: as the step says, else the words that began the flow, else the contact's last ones."""
    if step.answer.question is not None:
        return m.text(step.answer.question, frame, cursor)
    began = frame.input.get("text")
    if isinstance(began, str) and began.strip():
        return began
    return next((line.text for line in reversed(m.state.recent) if line.who == "contact"), "")


def _leant_on(m: Machine, question: str) -> Through | None:
    """The question that an article answered just before, where this one may lean on it."""
    last = m.state.through
    recent = last is not None and last.question and m.state.turn - last.turn <= 1
    return last if recent and leans(question) else None


def answered(m: Machine, frame: Frame, cursor: Cursor, node: Node, output: Json) -> None:
    """The search or the model has an outcome. Raises EvaluationError when it is none that a search can have."""
    waiting = cursor.waiting
    assert waiting is not None
    assert waiting.call is not None
    if waiting.found is None:
        _searched(m, frame, cursor, node, _search_of(output), waiting.call["args"])
    else:
        _worded(m, frame, cursor, node, output)


def _search_of(output: Json) -> Search:
    try:
        return Search.model_validate(output)
    except ValidationError as error:
        raise EvaluationError(f"{SEARCH} gave what is no search result", "Mend the action, or its stub.") from error


def _searched(m: Machine, frame: Frame, cursor: Cursor, node: Node, search: Search, args: JsonObject) -> None:
    step, question = node.step, str(args["question"])
    if search.leaned:
        question = f"{args['before']} {question}"
    assert isinstance(step, AnswerStep)
    good = search.answering
    scores = [{"id": one.id or one.article, "score": round(one.score, 3)} for one in search.passages]
    m.record(
        "KnowledgeSearched", question=m.mask(question), found=bool(good), threshold=round(search.threshold, 3),
        passages=scores,
    )  # fmt: skip
    if good:
        # What this one leant on, the next one may lean on as well.
        asked = str(m.mask(args["before"] if search.leaned else args["question"]))
        m.state.through = Through(turn=m.state.turn, question=asked[:LONGEST_KEPT], passage=good[0].id)
    if not good:
        _nothing(m, frame, cursor, node, search)
    elif step.answer.mode == "strict":
        _say_prepared(m, frame, cursor, node, search)
    else:
        _ask_model(m, frame, cursor, node, search, question)


def informed(m: Machine, frame: Frame, cursor: Cursor, node: Node, output: Json) -> None:
    """Articles were looked for on behalf of an ``ai`` step: its prompt sees those that answer."""
    search = _search_of(output)
    think(m, frame, cursor, node, [f"{one.title}: {one.answer or one.text}" for one in search.answering[:MOST_GIVEN]])


def _nothing(m: Machine, frame: Frame, cursor: Cursor, node: Node, search: Search) -> None:
    """No good article: nothing is said, and the flow goes on with ``found: false``."""
    best = max((one.score for one in search.passages), default=0.0)
    m.done(frame, cursor, node, _output(node, None, (), best))


def _say_prepared(m: Machine, frame: Frame, cursor: Cursor, node: Node, search: Search) -> None:
    """The words of the best passage's article, as its author wrote them."""
    best = search.answering[0]
    _say(m, frame, cursor, node, best.answer or best.text, (best,), "strict")


def _ask_model(m: Machine, frame: Frame, cursor: Cursor, node: Node, search: Search, question: str) -> None:
    given = search.answering[:MOST_GIVEN]
    passages = [
        {"id": one.id, "title": one.title, "heading": one.heading, "text": one.answer or one.text} for one in given
    ]
    inputs = {"question": question, "passages": passages, "language": m.state.language}
    spec, inputs = named_spec(m, frame, PROMPT, inputs)
    wished = node.step.settings.context
    asked = Think(
        key=m.key(frame, node), frame=frame.number, node=node.name,
        spec=spec | {"output": answer_schema(spec.get("output") or {}, given)},
        inputs=m.mask(inputs), context=context_of(m, frame, spec["context"] if wished is None else wished),
        timeout_seconds=seconds_of(node.step),
    )  # fmt: skip
    begin(m, cursor, asked, found={"question": question, **search.model_dump(mode="json")})


def _found(cursor: Cursor) -> tuple[Search, str]:
    """What was found before the model was asked, and for which question."""
    assert cursor.waiting is not None
    assert cursor.waiting.found is not None
    found = dict(cursor.waiting.found)
    question = found.pop("question")
    return Search.model_validate(found), question


def _worded(m: Machine, frame: Frame, cursor: Cursor, node: Node, output: Json) -> None:
    search, question = _found(cursor)
    given = search.answering[:MOST_GIVEN]
    if isinstance(output, dict) and NO_ARTICLE in (output.get("citations") or ()):
        m.record("AnswerDeclined", step=m.step_name(node))
        _nothing(m, frame, cursor, node, search)
        return
    why = why_ungrounded(output, given, question)
    if why is not None:
        m.record("AnswerUngrounded", step=m.step_name(node), why=why)
        _say_prepared(m, frame, cursor, node, search)
        return
    cited = tuple(one for one in given if one.id in output["citations"])
    _say(m, frame, cursor, node, without_marks(output["answer"]), cited, "generative")


def without_model(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> bool:
    """No model answered, or not within the bounds: the prepared words are said. False while there are none yet."""
    if cursor.waiting is None or cursor.waiting.found is None:
        return False
    _say_prepared(m, frame, cursor, node, _found(cursor)[0])
    return True


def _say(
    m: Machine, frame: Frame, cursor: Cursor, node: Node, text: str, cited: Sequence[FoundPassage], mode: str
) -> None:
    articles = list({one.article: one for one in cited}.values())
    sources = ", ".join(f"{one.title} ({one.url})" if one.url else one.title for one in articles)
    m.state.misunderstood, m.state.asked_back, m.state.offered = 0, False, []
    utter(m, frame, cursor, SAID, extra={"answer": {"text": text, "sources": sources}})
    m.done(frame, cursor, node, _output(node, text, articles, cited[0].score, mode))


def _output(
    node: Node, text: str | None, articles: Sequence[FoundPassage], score: float, mode: str | None = None
) -> JsonObject:
    step = node.step
    assert isinstance(step, AnswerStep)
    return {
        "found": text is not None,
        "text": text,
        "mode": mode or step.answer.mode,
        "score": round(score, 3),
        "articles": [{"name": one.article, "title": one.title, "url": one.url} for one in articles],
    }
