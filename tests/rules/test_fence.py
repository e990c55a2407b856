"""What others wrote stands between marks that it cannot write itself."""

import re
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.expression import compile_template
from bot.rules.fence import LONGEST, enclose, fence

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@given(st.text(max_size=200))
def test_no_text_closes_its_own_fence(text: str) -> None:
    fenced = fence(text)
    if fenced != text:
        name = re.match(r"<(data-[0-9a-f]{12})>\n", fenced)
        assert name is not None
        assert fenced.count(f"</{name[1]}>") == 1
        assert fenced.endswith(f"</{name[1]}>")


def test_what_stands_by_itself_has_one_whatever_it_is() -> None:
    """A message of one word may be an order, too: IGNORE-ALL-RULES."""
    assert re.fullmatch(r"<(data-[0-9a-f]{12})>\nA-1001\n</\1>", enclose("A-1001"))
    assert enclose("two words") == fence("two words")


def test_a_single_word_needs_none() -> None:
    assert fence("A-1001") == "A-1001"
    assert fence("two words") != "two words"


def test_the_same_words_give_the_same_fence_and_others_another() -> None:
    assert fence("two words") == fence("two words")
    assert fence("two words").splitlines()[0] != fence("two wordz").splitlines()[0]


def test_it_has_an_end() -> None:
    assert len(fence("x " * LONGEST)) < LONGEST + 100


def test_only_what_is_filled_in_is_fenced() -> None:
    template = compile_template("Read {{ a }} and {{ b | upper }}. {{ c }}")
    said = template.render_marked({"a": "one", "b": "two", "c": None}, NOW, lambda words: f"[{words}]")
    assert said == "Read [one] and [TWO]. []"
