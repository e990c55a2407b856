"""How long understanding takes: learning, parsing a message, reading an answer.

Run ``python -m benchmarks.parse_speed``. With ``--train`` and ``--test`` (CSV files with the columns text and
intent) it tells the accuracy on them as well.
"""

import argparse
import csv
import statistics
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bot.model.desk import Desk
from bot.model.slot import SlotSpec
from bot.nlu.pipeline import Pipeline, train
from bot.rules.values import read_value

ROUNDS = 300
OPENINGS = """
    please, hello, can you tell me, I would like to know, quick question, hi there, I need help, sorry
    could somebody say, one more thing, bitte, urgent, as I said, well, so
"""
MATTERS = """
    where is my parcel, why was I charged twice, when are you open on sunday, how do I reset my password
    can I change my delivery address, how do I cancel my subscription, is the kettle back in stock
    do you ship to Norway, I want to return the shoes, can I get an invoice for my order
"""
MESSAGES = (
    "my parcel still has not come",
    "i was chraged two times",
    "are you open tomorrow?",
    "cant log in",
    "the order is AB-1234 and I paid 20 € on 3.4.2026 at 14:30, write to bob@example.com or +49 30 901820",
    "ich brauche bitte eine Rechnung",
    "what is the meaning of life",
    "THIS IS THE THIRD TIME I ASK!!!",
)
ANSWERS = {
    "text": "it is broken",
    "email": "it's bob@example.com, thanks",
    "phone": "030 901820",
    "url": "www.example.com",
    "integer": "twenty-one",
    "number": "1,234.5",
    "money": "it was 20 euros",
    "date": "next Tuesday",
    "time": "half past three",
    "datetime": "tomorrow at 3pm",
    "duration": "1h 30m",
    "boolean": "yes please",
}


def entries(table: str) -> list[str]:
    return [entry.strip() for line in table.strip().splitlines() for entry in line.split(",")]


def desk_of(examples: dict[str, list[str]]) -> Desk:
    nlu = [{"intent": intent, "examples": texts} for intent, texts in examples.items()]
    slots = {"order": {"type": "pattern", "pattern": "[A-Z]{2}-[0-9]{4}"}}
    settings = {"languages": ["en", "de"], "timezone": "Europe/Berlin"}
    return Desk.model_validate({"nlu": nlu, "slots": slots, "settings": settings})


def milliseconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1_000


def told(what: str, times: Iterable[float]) -> None:
    ranked = sorted(times)
    middle, high, highest = (ranked[int(len(ranked) * share)] for share in (0.5, 0.95, 0.99))
    print(f"{what:<28} p50 {middle:8.3f} ms   p95 {high:8.3f} ms   p99 {highest:8.3f} ms")


def parse_times(pipeline: Pipeline) -> None:
    """Each message gets a number, so that none has been seen before."""
    fresh = [f"{message} {number}" for number in range(ROUNDS) for message in MESSAGES]
    told("parse, new message", [milliseconds(partial(pipeline.parse, text)) for text in fresh])
    known = MESSAGES * ROUNDS
    told("parse, seen before", [milliseconds(partial(pipeline.parse, text)) for text in known])
    long = [f"{number} {' '.join(MESSAGES * 50)}"[:16_000] for number in range(50)]
    told("parse, 16,000 characters", [milliseconds(partial(pipeline.parse, text)) for text in long])


def answer_times() -> None:
    now = datetime.now(UTC)
    for kind, text in ANSWERS.items():
        spec = SlotSpec.model_validate({"type": kind})
        read = partial(read_value, spec, text, now=now, timezone="Europe/Berlin")
        middle = statistics.median(milliseconds(read) for _ in range(ROUNDS))
        print(f"read_value, {kind:<16} p50 {middle:8.3f} ms")


def accuracy(train_file: Path, test_file: Path) -> None:
    """The share of messages whose likeliest intent is the right one, whatever its confidence."""
    examples: dict[str, list[str]] = {}
    for row in csv.DictReader(train_file.open(encoding="utf-8")):
        examples.setdefault(row["intent"], []).append(row["text"])
    begun = time.perf_counter()
    pipeline = train(desk_of(examples))
    seconds = time.perf_counter() - begun
    rows = list(csv.DictReader(test_file.open(encoding="utf-8")))
    best = [next(iter(pipeline.parse(row["text"]).alternatives), None) for row in rows]
    right = sum(guess is not None and guess.intent == row["intent"] for guess, row in zip(best, rows, strict=True))
    print(f"accuracy {right / len(rows):.3f} of {len(rows)} messages, {len(pipeline.intents)} intents", end=", ")
    print(f"learned in {seconds:.2f} s")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--train", type=Path)
    options.add_argument("--test", type=Path)
    chosen = options.parse_args()
    openings, matters = entries(OPENINGS), entries(MATTERS)
    desk = desk_of({matter: [f"{opening} {matter}" for opening in openings] for matter in matters})
    told(f"train, {len(matters)} x {len(openings)}", [milliseconds(lambda: train(desk)) for _ in range(5)])
    parse_times(train(desk))
    answer_times()
    if chosen.train and chosen.test:
        accuracy(chosen.train, chosen.test)


if __name__ == "__main__":
    main()
