"""Whatever stands in a file, checking ends with findings that lie in it: never with an exception, never late."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.edges.yaml_source import read_source
from tests.check.desks import check
from tests.check.test_broken_folders import CASES

LETTERS = "ab:{}[],'\"#&*!|>%@`-? \n\t~1\\/=<é"
PIECES = (
    "null", "true", "5", "[]", "{}", "- x", "'", '"', "{{", "}}", "#", "&a", "*a", "|", ">", "\t", ":", " ", "\n",
    "steps", "[1, {a: b}]", "!!str", "%", "@", "-1", "1e9", "é", "{{ steps.a.b }}", "{{ x | y }}", "if: ", "- ",
)  # fmt: skip


@given(st.text(alphabet=LETTERS, max_size=60))
@settings(max_examples=300, deadline=None)
def test_reading_any_text_gives_findings_that_lie_in_it(text: str) -> None:
    for finding in read_source("x.yml", text.encode()).findings:
        assert 1 <= finding.line <= text.count("\n") + 2
        assert finding.column >= 1


@given(st.binary(max_size=40))
@settings(max_examples=200, deadline=None)
def test_reading_any_bytes_never_raises(content: bytes) -> None:
    assert read_source("x.yml", content).name == "x.yml"


@given(st.integers(min_value=0, max_value=2**32))
@settings(max_examples=150, deadline=None)
def test_checking_a_folder_with_something_changed_never_raises(seed: int) -> None:
    chance = random.Random(seed)
    files = dict(chance.choice(CASES).files)
    for _ in range(chance.randint(1, 4)):
        name = chance.choice(list(files))
        files[name] = _changed(chance, files[name])
    for finding in check(files):
        assert finding.what
        assert finding.fix
        assert finding.code
        assert finding.line <= files[finding.file].count("\n") + 2


def _changed(chance: random.Random, text: str) -> str:
    """One line moved, or some characters exchanged for something that means something in YAML."""
    lines = text.split("\n")
    line = chance.randrange(len(lines))
    match chance.randint(0, 4):
        case 0:
            del lines[line]
        case 1:
            lines.insert(line, chance.choice(lines))
        case 2:
            lines[line] = " " * chance.randint(0, 3) + lines[line][chance.randint(0, 2) :]
        case 3:
            key, colon, _ = lines[line].partition(": ")
            lines[line] = key + colon + chance.choice(PIECES)
        case _:
            at = chance.randint(0, len(text))
            return text[:at] + chance.choice(PIECES) + text[at + chance.randint(0, 5) :]
    return "\n".join(lines)
