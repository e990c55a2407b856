"""How conversations with the demo desk end when they do not go smoothly.

Run ``python -m benchmarks.unhappy [--json] [--conversations 240] [--first 0] [--words] [--show]``.
Customers are simulated by rules from seeds: they mistype, digress, correct themselves, refuse, fall silent, write
nonsense or bad English, and write German. A customer knows the truth of each slot, so a slot that is filled with
anything else is a wrong one.
"""

import argparse
import asyncio
import json
import random
import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from benchmarks.unhappy_errands import ENGLISH, ERRANDS, GERMAN, Errand, Fact
from bot.cli.test import rehearse
from bot.model.base import Json, JsonObject
from bot.model.message import Reply
from bot.rules.advance.places import open_question
from bot.testing.desk import Rehearsal, TestDesk

FLOWS = Path(__file__).resolve().parents[1] / "flows"
CONVERSATIONS = 240
MOST_TURNS = 30
End = Literal["answer", "person", "dead end"]
KINDS = ("typos", "digressions", "corrections", "refusals", "silence", "nonsense", "bad English", "German")

_DIGRESSIONS = {
    "en": ("what are your opening hours", "thanks", "hello", "are you open on saturday"),
    "de": ("wann habt ihr geöffnet", "danke", "hallo", "habt ihr am Samstag geöffnet"),
}
_REFUSALS = {
    "en": ("why do you need that", "I don't want to tell you that", "that's none of your business", "I don't know"),
    "de": ("wozu braucht ihr das", "das sage ich nicht", "das geht euch nichts an", "weiß ich nicht"),
}
_NONSENSE = (
    "asdf jkl",
    "the moon is made of cheese",
    "lorem ipsum dolor",
    "???",
    "\U0001f937",
    "qwertz uiop",
    "42 bananas",
)
_TAKEN_BACK = {
    "en": ("no, I meant {}", "sorry, {}", "wait, actually {}", "no, {}"),
    "de": ("nein, ich meinte {}", "Entschuldigung, {}", "Moment, eigentlich {}", "nein, {}"),
}
_BAD_ENGLISH = (
    (r"\b(?:the|a|an|is|am|are|to|of)\b ?", ""), (r"\bplease\b", "pls"), (r"\byou\b", "u"), (r"\byour\b", "ur"),
    (r"\bI want\b", "i wan"), (r"\bwant\b", "wants"), (r"\bmy\b", "mine"), (r"\bwas\b", "were"), (r"'", ""),
)  # fmt: skip
_EXACT = re.compile(r"[@\d/+]")
"""Words that are looked up as they are; a customer who mistypes them has another matter."""


@dataclass(frozen=True, slots=True)
class Told:
    """How one conversation went. ``wrong``: slots that were filled with what the customer did not mean."""

    seed: int
    errand: str
    kind: str
    end: End
    turns: int
    fills: int
    wrong: tuple[tuple[str, Json], ...]
    lines: tuple[str, ...]


@dataclass
class Customer:
    """Somebody who wants something and makes it hard. ``kind``: how, mostly; of the rest a little."""

    errand: Errand
    kind: str
    chance: random.Random
    opened: int = 0
    to_take_back: str | None = None
    troubles: int = 0
    may_be: dict[str, list[Json]] = field(default_factory=dict)

    def opens(self) -> str:
        """The wish in words; each time in others, which get plainer."""
        text = self.errand.openings[min(self.opened, len(self.errand.openings) - 1)]
        self.opened += 1
        return self.worded(text)

    def worded(self, text: str) -> str:
        if self.kind == "bad English" and self.errand.language == "en":
            return bad_english(text)
        if self.kind == "typos" or self.chance.random() < 0.1:
            return mistyped(text, self.chance)
        return text

    def answers(self, slot: str, fact: Fact) -> str:
        """What this customer says to a question: the truth, or first something else."""
        language = self.errand.language
        if self._troubles("corrections") and fact.mistaken is not None and self.to_take_back is None:
            value, words = fact.mistaken
            self.may_be.setdefault(slot, []).append(value)
            self.to_take_back = slot
            return words
        if self._troubles("digressions"):
            return self.chance.choice(_DIGRESSIONS[language])
        if self._troubles("refusals"):
            return self.chance.choice(_REFUSALS[language])
        if self._troubles("nonsense"):
            return self.chance.choice(_NONSENSE)
        said = self.chance.choice(fact.says)
        if _EXACT.search(said):
            return said
        said = self.worded(said)
        if fact.value in fact.says:
            self.may_be.setdefault(slot, []).append(said)  # free text: whatever was typed is what was meant
        return said

    def takes_back(self, slot: str) -> str:
        self.to_take_back = None
        fact = self.errand.facts[slot]
        return self.chance.choice(_TAKEN_BACK[self.errand.language]).format(fact.says[0])

    def falls_silent(self) -> bool:
        return self._troubles("silence")

    def _troubles(self, kind: str) -> bool:
        often = 0.5 if kind == self.kind else 0.04
        made = self.troubles < 4 and self.chance.random() < often
        self.troubles += made
        return made

    def meant(self, slot: str, value: Json) -> bool:
        fact = self.errand.facts.get(slot)
        known = [] if fact is None else [fact.value, *([fact.mistaken[0]] if fact.mistaken else [])]
        return value in (
            *known[:1],
            *self.may_be.get(slot, ()),
            self.errand.by_itself.get(slot, known[0] if known else ()),
        )


def mistyped(text: str, chance: random.Random) -> str:
    """One in twelve letters swapped with the next, doubled or left out; not in what is looked up."""
    return " ".join(word if _EXACT.search(word) else _slipped(word, chance) for word in text.split())


def _slipped(word: str, chance: random.Random) -> str:
    typed, place = "", 0
    while place < len(word):
        slip = chance.random() if len(word) > 3 else 1.0
        if slip < 0.03 and place + 1 < len(word):
            typed += word[place + 1] + word[place]
            place += 2
            continue
        typed += "" if slip < 0.06 else word[place] * (2 if slip < 0.085 else 1)
        place += 1
    return typed


def bad_english(text: str) -> str:
    for pattern, instead in _BAD_ENGLISH:
        text = re.sub(pattern, instead, text, flags=re.IGNORECASE)
    return " ".join(text.casefold().split()) if not _EXACT.search(text) else text


def customer_of(seed: int) -> Customer:
    """Always the same one for a seed."""
    kind = KINDS[seed % len(KINDS)]
    some: Sequence[Errand] = {"German": GERMAN, "bad English": ENGLISH}.get(kind, ERRANDS)
    return Customer(some[seed // len(KINDS) % len(some)], kind, random.Random(seed))


async def converse(desk: TestDesk, customer: Customer, seed: int) -> Told:
    """One conversation, until there is an answer or a person, or nothing leads on any more."""
    lines: list[str] = []
    said, payload = customer.opens(), None
    end: End = "dead end"
    turns = 0
    while turns < MOST_TURNS:
        turns += 1
        replies = await desk.says(said, payload)
        lines.append(f"  contact: {said}")
        replies += await _people_decide(desk)
        lines += [f"      bot: {reply.text}" for reply in replies]
        if customer.errand.goals & {reply.response for reply in replies}:
            end = "answer"
            break
        if desk.owner != "bot":
            end = "person"
            break
        if not replies:
            lines.append("      (nothing is said)")
            break
        said, payload = await _next(desk, customer, replies, lines)
    fills, wrong = _slots(desk, customer)
    return Told(
        seed,
        f"{customer.errand.name} {customer.errand.language}",
        customer.kind,
        end,
        turns,
        fills,
        wrong,
        tuple(lines),
    )


async def _people_decide(desk: TestDesk) -> list[Reply]:
    """Whatever waits for a person is approved at once."""
    said: list[Reply] = []
    while desk.owner == "bot" and any(review.status == "waiting" for review in desk.reviews):
        said += await desk.approve()
    return said


async def _next(
    desk: TestDesk, customer: Customer, replies: Sequence[Reply], lines: list[str]
) -> tuple[str, str | None]:
    """What the customer says next, with the payload of a button that they press."""
    if customer.falls_silent():
        waited = customer.chance.choice(("3h", "1d", "3d"))
        lines.append(f"    clock: +{waited}")
        lines += [f"      bot: {reply.text}" for reply in await desk.advance_clock(waited)]
    question = open_question(desk.instance.state)
    slot = question[1].waiting.slot if question is not None and question[1].waiting is not None else None
    back = customer.to_take_back
    if back is not None and slot != back:
        return customer.takes_back(back), None
    if slot is not None:
        fact = customer.errand.facts.get(slot)
        return (customer.answers(slot, fact), None) if fact is not None else ("cancel", None)
    wanted = f"/{customer.errand.intent}"
    buttons = [button for reply in replies for button in reply.buttons if button.payload == wanted]
    return (buttons[0].title, wanted) if buttons else (customer.opens(), None)


def _slots(desk: TestDesk, customer: Customer) -> tuple[int, tuple[tuple[str, Json], ...]]:
    """How many slots were filled, and those with what was not meant."""
    sets = [record.data for record in desk.events if record.event == "SlotSet" and record.data["value"] is not None]
    wrong = [(one["name"], one["value"]) for one in sets if not customer.meant(one["name"], one["value"])]
    return len(sets), tuple(wrong)


async def play_all(rehearsal: Rehearsal, seeds: Sequence[int]) -> list[Told]:
    told = []
    for seed in seeds:
        async with rehearsal.desk() as desk:
            told.append(await converse(desk, customer_of(seed), seed))
    return told


def figures(told: Sequence[Told]) -> JsonObject:
    """Shares 0 to 1. ``wrong_slots``: of all values that slots were filled with."""
    ends = Counter(one.end for one in told)
    fills = sum(one.fills for one in told)
    return {
        "conversations": len(told),
        "answer": ends["answer"] / len(told),
        "person": ends["person"] / len(told),
        "dead_end": ends["dead end"] / len(told),
        "mean_turns": statistics.fmean(one.turns for one in told),
        "fills": fills,
        "wrong_slots": sum(len(one.wrong) for one in told) / fills if fills else 0.0,
    }


def _table(told: Sequence[Told]) -> list[str]:
    rows = [(kind, [one for one in told if one.kind == kind]) for kind in KINDS]
    lines = ["| how it goes wrong | conversations | right answer | person | dead end | mean turns | wrong slots |",
             "| --- | --- | --- | --- | --- | --- | --- |"]  # fmt: skip
    for name, some in [*rows, ("all", list(told))]:
        if some:
            of = figures(some)
            lines.append(
                f"| {name} | {of['conversations']} | {of['answer']:.1%} | {of['person']:.1%} | {of['dead_end']:.1%} "
                f"| {of['mean_turns']:.1f} | {of['wrong_slots']:.1%} of {of['fills']} |"
            )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--conversations", type=int, default=CONVERSATIONS)
    parser.add_argument("--first", type=int, default=0, help="the first seed; others are other customers")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--words", action="store_true", help="understand by words alone")
    parser.add_argument("--show", action="store_true", help="print the conversations with a dead end or a wrong slot")
    parser.add_argument("--seed", type=int, help="play this one only, and print it")
    chosen = parser.parse_args()
    rehearsal = rehearse(FLOWS, by_meaning=not chosen.words)
    seeds = range(chosen.first, chosen.first + chosen.conversations) if chosen.seed is None else [chosen.seed]
    told = asyncio.run(play_all(rehearsal, seeds))
    for one in told:
        if chosen.seed is not None or (chosen.show and (one.end == "dead end" or one.wrong)):
            print(f"{one.seed} {one.errand} ({one.kind}): {one.end}, wrong: {dict(one.wrong)}", *one.lines, sep="\n")
    print(json.dumps(figures(told)) if chosen.json else "\n".join(_table(told)))


if __name__ == "__main__":
    main()
