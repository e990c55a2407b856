"""The files below ``knowledge/``: articles in Markdown with front matter in YAML, and questions to try them with."""

import hashlib
import re
from dataclasses import replace
from typing import Final

from bot.edges.yaml_source import read_source
from bot.rules.check.parts import FileParts, lost_article, read_article
from bot.rules.check.places import UNREAD, Mark, SourceFile
from bot.rules.check.report import Report

FOLDER: Final = "knowledge"
"""Below the folder of flows."""
SUFFIX: Final = ".md"
LONGEST_ARTICLE: Final = 40_000
"""Characters. What is longer is no article but a book, and its passages say too little of where they come from."""
_FENCE: Final = "---"
_NAMED: Final = re.compile(r"(?P<name>.+?)(?:\.(?P<language>[a-z]{2,3}))?\.md")
_NOWHERE: Final = Mark(1, 1, 1)


def is_article(path: str) -> bool:
    """Whether a file (by its path below the folder of flows) is an article."""
    return path.startswith(f"{FOLDER}/") and path.endswith(SUFFIX)


def article_parts(file: str, path: str, content: bytes) -> FileParts:
    """One article as a part of kind ``article``; none where it is too broken, and then a finding says why.

    file: how findings call it. path: below the folder of flows; the article's name and language stand in it.
    """
    named = _NAMED.fullmatch(path.removeprefix(f"{FOLDER}/"))
    assert named is not None, path
    sha256 = hashlib.sha256(content).hexdigest()
    bare = SourceFile(file, sha256, "", UNREAD, _NOWHERE)
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return _refused(bare, named["name"], 1, "this article is no UTF-8 text", "Save it as UTF-8.")
    lines = text.split("\n")
    end = next((place for place, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if lines[0].rstrip() != _FENCE or end is None:
        fix = "Begin it with three lines: `---`, `title: How to ...`, `---`."
        return _refused(bare, named["name"], 1, "this article has no front matter", fix)
    body = "\n".join(lines[end + 1 :]).strip()
    if wrong := _wrong_body(body):
        return _refused(bare, named["name"], end + 1, *wrong)
    # The fence becomes an empty line, so that findings name the right one.
    head = replace(read_source(file, "\n".join(["", *lines[1:end]]).encode()), sha256=sha256)
    return read_article(head, named["name"], named["language"], body)


def _wrong_body(body: str) -> tuple[str, str] | None:
    if not body:
        return "this article is empty", "Write what it answers below the front matter."
    if len(body) > LONGEST_ARTICLE:
        what = f"this article has {len(body):,} characters; at most {LONGEST_ARTICLE:,} are read"
        return what, "Split it into several, each about one thing."
    return None


def _refused(source: SourceFile, name: str, line: int, what: str, fix: str) -> FileParts:
    report = Report(source)
    report.add((line, 1), "article", what, fix)
    return FileParts(source, (lost_article(source, name),), tuple(report.findings))
