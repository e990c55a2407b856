"""Vectors of the texts that are searched, kept by each text's hash: an edited article costs its own lines alone."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import structlog

from bot.nlu.encoder import Encoder
from bot.nlu.features import Floats

log = structlog.get_logger(__name__)
VERSION = 1
MOST_KEPT = 50_000


def vectors_of(texts: Sequence[str], encoder: Encoder, folder: Path | None) -> Floats:
    """One row each, as the encoder gives it. ``folder``: where rows are kept and looked for."""
    model = hashlib.sha256(f"{VERSION} {encoder.name}".encode()).hexdigest()[:16]
    file = None if folder is None else folder / f"passages-{model}.npz"
    known = {} if file is None else _read(file)
    names = [hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts]
    new = {name: text for name, text in zip(names, texts, strict=True) if name not in known}
    if new:
        known = dict(zip(new, encoder.encode(list(new.values())), strict=True)) | known
        if file is not None:
            _write(file, known)
    return np.stack([known[name] for name in names]) if names else np.zeros((0, 1), np.float32)


def _read(file: Path) -> dict[str, Floats]:
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as arrays:
            return dict(zip(map(str, arrays["names"]), arrays["rows"], strict=True))
    except FileNotFoundError:
        return {}
    except Exception as error:  # noqa: BLE001 - of a damaged file NumPy says whatever comes: it is made again
        log.warning("vectors of articles cannot be read and are made again", file=str(file), error=str(error))
        return {}


def _write(file: Path, known: dict[str, Floats]) -> None:
    draft = file.with_suffix(f".{os.getpid()}")
    names = list(known)[:MOST_KEPT]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as opened:
            np.savez(opened, names=np.array(names), rows=np.stack([known[name] for name in names]))
        draft.replace(file)
    except OSError as error:
        log.warning("vectors of articles are not kept: the next start makes them again", error=str(error))
