"""How well articles are found, measured on questions whose answers are known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.model.article import Asked
from bot.nlu.retrieval import Retriever

LOOKED_AT = 12
"""Passages of one question that ranks are read from."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question. ``rank``: of the first right article among those found, from 1; None where it is not there, or
    where no article answers."""

    question: str
    language: str
    answerable: bool
    rank: int | None
    found: bool
    first: str | None

    @property
    def right(self) -> bool:
        """What was to be done was done: the right article, or none where none answers."""
        return self.found and self.rank == 1 if self.answerable else not self.found


@dataclass(frozen=True, slots=True)
class Figures:
    """All shares from 0 to 1.

    recall_at_1, recall_at_3: of the answerable questions, those whose right article was first, or among the first
        three, whatever its score. mrr: the mean of one by its rank.
    answered_right: of the answerable ones, those that got the right article; answered_wrong: another one.
    no_answer_precision: of those that got no answer, the unanswerable. no_answer_recall: of the unanswerable, those
        that got none.
    """

    answerable: int
    unanswerable: int
    recall_at_1: float
    recall_at_3: float
    mrr: float
    answered_right: float
    answered_wrong: float
    no_answer_precision: float
    no_answer_recall: float


def outcomes(retriever: Retriever, evaluation: Sequence[Asked], home: str) -> Iterator[Outcome]:
    """Ask all of them. ``home``: the language of those that name none."""
    for asked in evaluation:
        language = asked.language or home
        for question in asked.questions:
            search = retriever.search(question, language, most=LOOKED_AT)
            names = list(dict.fromkeys(one.article for one in search.passages))
            ranks = [names.index(name) + 1 for name in asked.articles if name in names]
            yield Outcome(
                question, language, bool(asked.articles), min(ranks, default=None), search.found,
                names[0] if names else None,
            )  # fmt: skip


def figures(asked: Sequence[Outcome]) -> Figures:
    """Of at least one question."""
    able = [one for one in asked if one.answerable]
    foreign = [one for one in asked if not one.answerable]
    refused = [one for one in asked if not one.found]
    return Figures(
        answerable=len(able),
        unanswerable=len(foreign),
        recall_at_1=_share(one.rank == 1 for one in able),
        recall_at_3=_share(one.rank is not None and one.rank <= 3 for one in able),
        mrr=_share(0.0 if one.rank is None else 1 / one.rank for one in able),
        answered_right=_share(one.right for one in able),
        answered_wrong=_share(one.found and one.rank != 1 for one in able),
        no_answer_precision=_share(not one.answerable for one in refused),
        no_answer_recall=_share(not one.found for one in foreign),
    )


def _share(of: Iterator[float]) -> float:
    values = list(of)
    return round(sum(values) / len(values), 4) if values else 0.0
