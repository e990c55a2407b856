"""Collecting findings, and saying which known name is near to an unknown one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rapidfuzz import fuzz, process

from bot.model.desk import Finding
from bot.rules.check.places import Path, SourceFile

Level = Literal["error", "warning"]
Place = tuple[int, int]


@dataclass(slots=True)
class Report:
    """Findings about one file's content; each is put where its path leads. ``paths``: what they point at."""

    source: SourceFile
    findings: list[Finding] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)

    def add(
        self, place: Place, code: str, what: str, fix: str, level: Level = "error", example: Sequence[str] = ()
    ) -> None:
        self.findings.append(
            Finding(
                file=self.source.name,
                line=place[0],
                column=place[1],
                what=what,
                fix=fix,
                level=level,
                code=code,
                example=tuple(example),
            )
        )

    def at_value(self, path: Path, code: str, what: str, fix: str, level: Level = "error") -> None:
        """A finding that points at a value."""
        self.paths.append(path)
        self.add(self.source.value_place(path), code, what, fix, level)

    def at_key(self, path: Path, code: str, what: str, fix: str, level: Level = "error") -> None:
        """A finding that points at a key."""
        self.paths.append(path)
        self.add(self.source.key_place(path), code, what, fix, level)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like this one, if any is at all."""
    names = [candidate for candidate in known if candidate != name]
    found = process.extractOne(name.lower(), names, scorer=fuzz.ratio, processor=str.lower, score_cutoff=62)
    if found is not None:
        return str(found[0])
    longer = [candidate for candidate in names if len(name) > 2 and candidate.startswith(name)]
    if len(longer) == 1:
        return longer[0]
    tails = [candidate for candidate in names if len(name) > 3 and candidate.endswith((f".{name}", f"_{name}"))]
    return tails[0] if len(tails) == 1 else None


def suggestion(name: str, known: Iterable[str], otherwise: str) -> str:
    """`Did you mean 'x'?` where a known name is near; else what else to do."""
    near = nearest(name, known)
    return f"Did you mean {near!r}?" if near else otherwise


def listed(names: Iterable[str], limit: int = 12) -> str:
    """Names in a row, cut after a dozen."""
    every = sorted(names)
    return ", ".join(every[:limit]) + (" ..." if len(every) > limit else "")


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By file, line and column; what is said twice of one place is said once."""
    seen = {(f.file, f.line, f.column, f.what): f for f in findings}
    return tuple(sorted(seen.values(), key=lambda f: (f.file, f.line, f.column, f.what)))
