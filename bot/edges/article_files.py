"""The articles of a desk: ``knowledge/*.md`` below the folder of flows, each with front matter in YAML."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from bot.edges.yaml_source import MAX_BYTES, read_source
from bot.model.article import Article, ArticleHead
from bot.model.desk import Finding
from bot.rules.check.places import SourceFile

FOLDER: Final = "knowledge"
MAX_ARTICLES: Final = 2_000
_FENCE: Final = "---"


@dataclass(frozen=True, slots=True)
class Articles:
    """What was read, and what was wrong with the rest."""

    articles: tuple[Article, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_articles(flows: Path) -> Articles:
    """Every article below ``flows/knowledge``. Never raises: a file that does not hold is a finding, and left out."""
    found: list[Article] = []
    findings: list[Finding] = []
    for path in _files(flows / FOLDER):
        try:
            content = path.read_bytes()[: MAX_BYTES + 1]
        except OSError as error:
            findings.append(_about(path, 1, f"this article cannot be read ({error.strerror})", "Mend its rights."))
            continue
        read = read_article(path.as_posix(), path.relative_to(flows / FOLDER).with_suffix("").as_posix(), content)
        found.extend([read] if isinstance(read, Article) else [])
        findings.extend([] if isinstance(read, Article) else read)
    return Articles(tuple(found), tuple(findings))


def read_article(file: str, name: str, content: bytes) -> Article | list[Finding]:
    """One article, or what is wrong with it. ``file``: how findings call it; ``name``: how flows call it."""
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return [_about(Path(file), 1, "this article is no UTF-8 text", "Save it as UTF-8.")]
    lines = text.split("\n")
    end = next((place for place, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if lines[0].rstrip() != _FENCE or end is None:
        what = "this article has no front matter"
        return [_about(Path(file), 1, what, "Begin it with three lines: `---`, `title: How to ...`, `---`.")]
    # The fence becomes an empty line, so that findings name the right one.
    head = _head(file, read_source(file, "\n".join(["", *lines[1:end]]).encode()))
    if not isinstance(head, ArticleHead):
        return head
    body = "\n".join(lines[end + 1 :]).strip()
    if not body:
        return [_about(Path(file), end + 1, "this article is empty", "Write what it answers below the front matter.")]
    return Article(**head.model_dump(), name=name, body=body)


def _head(file: str, source: SourceFile) -> ArticleHead | list[Finding]:
    if source.findings:
        return list(source.findings)
    try:
        return ArticleHead.model_validate(source.data if isinstance(source.data, dict) else {})
    except ValidationError as error:
        return [_wrong(file, source, problem["loc"], problem["type"], problem["msg"]) for problem in error.errors()]


def _wrong(file: str, source: SourceFile, where: tuple[int | str, ...], kind: str, message: str) -> Finding:
    line, column = source.key_place(where[:1])
    name = ".".join(map(str, where))
    known = ", ".join(f"`{field}`" for field in ArticleHead.model_fields)
    if kind == "missing":
        return _about(Path(file), 1, f"the front matter has no `{name}`", f"Add `{name}: ...`.")
    if kind == "extra_forbidden":
        return _about(Path(file), line, f"an article has no key {name!r}", f"Keys: {known}.", column)
    return _about(Path(file), line, f"`{name}` does not fit ({message[:100]})", "Mend its value.", column)


def _about(path: Path, line: int, what: str, fix: str, column: int = 1) -> Finding:
    return Finding(file=path.as_posix(), line=line, column=column, what=what, fix=fix, code="article")


def _files(folder: Path) -> Iterator[Path]:
    count = 0
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(where, name)
            if name.endswith(".md") and not name.startswith((".", "~")) and not path.is_symlink():
                count += 1
                if count > MAX_ARTICLES:
                    return
                yield path
