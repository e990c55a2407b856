"""What was learned, kept in the data directory under the hash of what it was learned from.

Plain arrays (NumPy's npz, never pickle). A file that cannot be read is learned again; one that cannot be
written costs the next start the time of learning.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from bot.nlu.calibration import Calibration
from bot.nlu.classifier import Head, Learned, learn
from bot.nlu.encoder import Encoder
from bot.nlu.examples import Example
from bot.nlu.thresholds import Evidence

log = structlog.get_logger(__name__)
VERSION = 9
"""Raised with every change of what is learned (the glossaries are part of it) or how it is stored."""
_KEPT = 8
_EVIDENCE = tuple(one.name for one in fields(Evidence))


def learned_or_kept(
    examples: Sequence[Example], names: Sequence[Example], encoder: Encoder | None, home: str, folder: Path
) -> Learned | None:
    """What `learn` gives, from the folder where it is known."""
    file = folder / f"intents-{_hash(examples, names, encoder, home)}.npz"
    if (kept := _read(file)) is not None:
        return kept
    learned = learn(examples, names, encoder, home)
    if learned is not None:
        _write(file, learned)
    return learned


def _hash(examples: Sequence[Example], names: Sequence[Example], encoder: Encoder | None, home: str) -> str:
    texts = [[one.text, one.intent, one.language] for one in (*examples, *names)]
    basis = json.dumps([VERSION, np.__version__, encoder and encoder.name, home, len(examples), texts])
    return hashlib.sha256(basis.encode()).hexdigest()[:32]


def _write(file: Path, learned: Learned) -> None:
    about = {
        "intents": learned.intents,
        "landmarks": learned.landmarks,
        "by_language": learned.by_language,
        "heads": [[one.mix, *_numbers(one.calibration)] for one in learned.heads],
    }
    arrays: dict[str, Any] = {name: getattr(learned.evidence, name) for name in _EVIDENCE}
    arrays |= {f"weights_{place}": one.weights for place, one in enumerate(learned.heads)}
    arrays |= {"about": np.frombuffer(json.dumps(about).encode(), np.uint8), "landmarks": learned.truth}
    if learned.meaning is not None:
        arrays["meaning"] = learned.meaning
    draft = file.with_suffix(f".{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as opened:
            np.savez(opened, **arrays)
        draft.replace(file)
        _forget_the_oldest(file.parent)
    except OSError as error:
        log.warning("what was learned is not kept: the next start learns again", error=str(error))


def _numbers(calibration: Calibration) -> tuple[float, ...]:
    return astuple(calibration)


def _forget_the_oldest(folder: Path) -> None:
    newest_first = sorted(folder.glob("intents-*.npz"), key=lambda one: -one.stat().st_mtime)
    for file in newest_first[_KEPT:]:
        file.unlink(missing_ok=True)


def _read(file: Path) -> Learned | None:
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as arrays:
            return _learned({name: arrays[name] for name in arrays.files})
    except FileNotFoundError:
        return None
    except Exception as error:  # noqa: BLE001 - of a damaged file NumPy says whatever comes: it is made again
        log.warning("what was learned cannot be read and is learned again", file=str(file), error=str(error))
        return None


def _learned(arrays: dict[str, Any]) -> Learned:
    about = json.loads(arrays["about"].tobytes())
    return Learned(
        about["intents"],
        about["landmarks"],
        arrays["landmarks"],
        arrays.get("meaning"),
        tuple(
            Head(mix, arrays[f"weights_{place}"], Calibration(*numbers))
            for place, (mix, *numbers) in enumerate(about["heads"])
        ),
        about["by_language"],
        Evidence(**{name: arrays[name] for name in _EVIDENCE}),
    )
