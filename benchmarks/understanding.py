"""How well and how fast messages are understood: German, mistyped, long ones; learning; memory.

Run ``python -m benchmarks.understanding``. With ``--train`` and ``--test`` (CSV files with the columns text and
intent) it also tells what mistyping costs there. The accuracy on such files is what
``frontdesk nlu evaluate`` prints.
"""

import argparse
import random
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.parse_speed import told
from bot.cli.message_files import Rows, read_rows
from bot.cli.nlu import desk_of, guesses, measured
from bot.model.desk import Desk
from bot.nlu import measures
from bot.nlu.encoder import open_encoder, shared_encoder
from bot.nlu.pipeline import train

GERMAN = Path(__file__).parent / "data" / "german_questions.csv"
FOLDS = 4
DRAWS = 3
SLIPS = 0.1
"""The share of characters that are swapped with the next one or dropped."""


def mistyped(text: str, chance: random.Random) -> str:
    """The text with one in ten characters swapped or dropped, spaces too."""
    typed, place = "", 0
    while place < len(text):
        slip = chance.random() < SLIPS
        if slip and chance.random() < 0.5 and place + 1 < len(text):
            typed += text[place + 1] + text[place]
            place += 2
            continue
        typed += "" if slip else text[place]
        place += 1
    return typed


def german() -> None:
    """Each question once by a desk that has learned three quarters of the others."""
    rows = read_rows(GERMAN)
    for language in ("de", "en"):
        both, words = [], []
        for fold in range(FOLDS):
            learned = [row for place, row in enumerate(rows) if place % FOLDS != fold]
            asked = [row for place, row in enumerate(rows) if place % FOLDS == fold]
            desk = spoken(desk_of(learned), language)
            pipeline = train(desk)
            both += guesses(pipeline, asked)[0]
            words.append(pipeline.meaning_share(language))
        error = measures.calibration_error(measures.reliability(both))
        print(
            f"German, 20 intents, 9 questions each, called {language!r}: accuracy {measures.accuracy(both):.3f}", end=""
        )
        print(f", calibration error {error:.3f}, meaning's share in each fold {words}")


def spoken(desk: Desk, language: str) -> Desk:
    return desk.model_copy(update={"settings": desk.settings.model_copy(update={"languages": (language,)})})


def typing(learned: Rows, asked: Rows) -> None:
    """Mistyped in three ways: of one alone chance makes a point more or less."""
    pipeline = train(desk_of(learned))
    clean = measures.accuracy(guesses(pipeline, asked)[0])
    slips = []
    for seed in range(1, DRAWS + 1):
        chance = random.Random(seed)
        slips.append(measures.accuracy(guesses(pipeline, [(mistyped(text, chance), of) for text, of in asked])[0]))
    costs = ", ".join(f"{(clean - one) * 100:.1f}" for one in slips)
    mean = (clean - statistics.mean(slips)) * 100
    print(f"accuracy {clean:.3f}, mistyped {statistics.mean(slips):.3f}: costs {mean:.1f} points ({costs})")


def speed(rows: Sequence[tuple[str, str]]) -> None:
    """Thirty intents of ten examples; every message is new."""
    by_intent: dict[str, list[str]] = {}
    for text, intent in rows:
        by_intent.setdefault(intent, []).append(text)
    many = {f"{intent}_{part}": texts for intent, texts in by_intent.items() for part in (1, 2)}
    learned = [(f"{text} {name[-1]}", name) for name, texts in list(many.items())[:30] for text in texts[:10]]
    encoder = shared_encoder()
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        pipeline = train(desk_of(learned), encoder)
        times.append(time.perf_counter() - begun)
    print(f"learn 30 intents x 10 examples: {statistics.median(times):.2f} s")
    fresh = [(f"{text} bitte {number}", "") for number in range(4) for text, _ in rows]
    told("parse, new message", guesses(pipeline, fresh)[1])
    told("parse, 1,000 characters", guesses(pipeline, long_ones(rows))[1])


def long_ones(rows: Sequence[tuple[str, str]]) -> Rows:
    words = " ".join(text for text, _ in rows)
    return [(words[start : start + 1_000], "") for start in range(0, 6_000, 100)]


def memory() -> None:
    before = resident()
    open_encoder(None if not Path("data/cache").exists() else Path("data/cache"))
    print(f"resident memory: {before} MB, with one more encoder {resident()} MB")


def resident() -> int:
    """Megabytes of 10^6 bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4_096 // 1_000_000


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--train", type=Path)
    options.add_argument("--test", type=Path)
    chosen = options.parse_args()
    german()
    speed(read_rows(GERMAN))
    memory()
    if chosen.train and chosen.test:
        learned, asked = read_rows(chosen.train), read_rows(chosen.test)
        print(measured(learned, asked, []))
        typing(learned, asked)


if __name__ == "__main__":
    main()
