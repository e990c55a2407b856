"""From a folder to a desk: reads files once, keeps what has not changed, knows where all stands."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.edges.article_files import FOLDER, article_parts, is_article
from bot.edges.yaml_source import MAX_BYTES, read_source
from bot.model.desk import Desk, DeskSettings, Finding
from bot.rules.check.authored import Authored, assemble
from bot.rules.check.parts import FileParts, read_parts
from bot.rules.values import refusal_responses

CORE_FOLDER: Final = Path(__file__).resolve().parent.parent / "core"
_SUFFIXES: Final = (".yml", ".yaml")
_SKIPPED_FOLDERS: Final = frozenset(("__pycache__", "node_modules"))
MAX_FILES: Final = 5_000
"""Files of one folder that are read."""


@dataclass(frozen=True)
class Loaded:
    """A folder after loading.

    desk:     what holds by its shape, above the core's own; names and paths are not checked yet (see
              bot.rules.check).
    authored: the same with its gaps, places and sources, for the checks.
    findings: what was wrong with files, YAML and shape.
    files:    the SHA-256 of each file that was read, by its path below the folder.
    """

    desk: Desk
    authored: Authored
    findings: tuple[Finding, ...]
    files: Mapping[str, str]


class FileCache:
    """What reading a file gave, by its name and content, so that a reload reads only what has changed."""

    def __init__(self) -> None:
        self._read: dict[str, FileParts] = {}

    def parts(self, name: str, path: str, content: bytes) -> FileParts:
        """name: how findings call the file. path: below the folder of flows."""
        known = self._read.get(name)
        if known is not None and known.source.sha256 == hashlib.sha256(content).hexdigest():
            return known
        if is_article(path):
            read = article_parts(name, path, content)
        else:
            read = read_parts(read_source(name, content), _kind(path))
        self._read[name] = read
        return read

    def forget_all_but(self, names: set[str]) -> None:
        """Files that are gone need no memory."""
        for name in self._read.keys() - names:
            del self._read[name]


def load_core() -> Desk:
    """The flows and responses that ship with the core. Raises AssertionError when they are broken."""
    loaded = load_desk(CORE_FOLDER, None)
    assert not loaded.findings, "\n".join(map(str, loaded.findings))
    # Which languages a desk speaks is its own matter; the core only has words for them.
    own = {"responses": refusal_responses() | loaded.desk.responses, "settings": DeskSettings()}
    return loaded.desk.model_copy(update=own)


def load_desk(directory: Path, core: Desk | None, cache: FileCache | None = None) -> Loaded:
    """Load every .yml and .yaml file below a folder, and the articles in ``knowledge/``.

    Never raises: a folder that cannot be read is a finding.

    core:  the desk that lies below this one. cache: what an earlier load of the same folder left.
    """
    if trouble := _no_folder(directory):
        return Loaded(core or Desk(), assemble((), core), (trouble,), {})
    contents: dict[str, bytes] = {}
    findings: list[Finding] = []
    for path in _files(directory):
        try:
            contents[path.relative_to(directory).as_posix()] = _content(path)
        except OSError as error:
            what = f"this file cannot be read ({error.strerror})"
            findings.append(_about(path, "unreadable", what, "Let the desk's user read it, or move it away."))
    if not contents and not findings:
        findings.append(
            _about(directory, "empty-folder", "there is no flow file here", "Add a file such as flows.yml.")
        )
    prefix = "" if directory == Path() else f"{directory.as_posix().rstrip('/')}/"
    return _loaded(contents, prefix, core, cache or FileCache(), findings)


def load_texts(files: Mapping[str, bytes], core: Desk | None, cache: FileCache | None = None) -> Loaded:
    """Load files that are not on the disk: content by path below the folder (`prompts/summary.yml`)."""
    return _loaded(files, "", core, cache or FileCache(), [])


def _loaded(
    contents: Mapping[str, bytes], prefix: str, core: Desk | None, cache: FileCache, findings: list[Finding]
) -> Loaded:
    parts = [cache.parts(prefix + name, name, content) for name, content in sorted(contents.items())]
    cache.forget_all_but({one.source.name for one in parts})
    authored = assemble(parts, core)
    files = {name: one.source.sha256 for name, one in zip(sorted(contents), parts, strict=True)}
    return Loaded(authored.sound, authored, (*findings, *authored.findings), files)


def _kind(name: str) -> str:
    folders = name.split("/")[:-1]
    if folders[:1] == [FOLDER]:
        return "asked"
    return "prompt" if "prompts" in folders else "desk"


def _content(path: Path) -> bytes:
    """The content, or one byte more than is read of a file that is too large."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _no_folder(directory: Path) -> Finding | None:
    if not directory.exists():
        return _about(directory, "no-folder", "there is no such folder", "Check the path.")
    if not directory.is_dir():
        return _about(directory, "no-folder", "this is a file, not a folder", "Name the folder that it lies in.")
    return None


def _about(path: Path, code: str, what: str, fix: str) -> Finding:
    return Finding(file=path.as_posix(), line=1, column=1, what=what, fix=fix, code=code)


def _files(directory: Path) -> Iterator[Path]:
    """Flow files below a folder, in order; no links, nothing hidden, no editors' copies."""
    count = 0
    for folder, folders, names in os.walk(directory):
        folders[:] = sorted(
            name for name in folders if not _ignored(Path(folder, name)) and name not in _SKIPPED_FOLDERS
        )
        for name in sorted(names):
            path = Path(folder, name)
            wanted = name.endswith(_SUFFIXES) or is_article(path.relative_to(directory).as_posix())
            if wanted and not _ignored(path):
                count += 1
                if count > MAX_FILES:
                    return
                yield path


def _ignored(path: Path) -> bool:
    return path.name.startswith((".", "#", "~")) or path.name.endswith("~") or path.is_symlink()
