"""What Telegram shows is what was written: marks become entities, and long texts are cut where nothing breaks."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.message import Reply
from bot.model.response import Button
from bot.testing.telegram_rules import checked_message
from channels.telegram.api import _entities
from channels.telegram.formatting import MAX_UNITS, Formatted, Span, parse_marks, split, units
from channels.telegram.rendering import parts_of, rows_of, simpler

EIGHTEEN = "_*[]()~`>#+-=|{}.!"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
SPECIAL = [
    EIGHTEEN,
    " ".join(EIGHTEEN),
    "\\" + "\\".join(EIGHTEEN),
    f"{FAMILY} \u05e9\u05dc\u05d5\u05dd *",
    "2 * 3 * 4",
    "snake_case_name",
]


@pytest.mark.parametrize("text", SPECIAL)
def test_tg9_characters_that_markdown_would_take_for_marks_arrive_as_they_are(text: str) -> None:
    assert parse_marks(text) == Formatted(text)


def test_tg9_marks_become_entities_counted_in_utf_16_units() -> None:
    text = f"{FAMILY} **bold** and `co_de*` and [a page](https://example.com/a_b) _soft_"
    parsed = parse_marks(text)
    assert parsed.text == f"{FAMILY} bold and co_de* and a page soft"
    entities = [(one.type, one.offset, one.length) for one in _entities(parsed)]
    assert entities == [("bold", 9, 4), ("code", 18, 6), ("text_link", 29, 6), ("italic", 36, 4)]
    inside = parsed.text.encode("utf-16-le")
    assert [inside[2 * o : 2 * (o + n)].decode("utf-16-le") for _, o, n in entities] == [
        "bold",
        "co_de*",
        "a page",
        "soft",
    ]


def test_tg9_code_within_bold_and_marks_within_code() -> None:
    assert parse_marks("**run `a**b` now**") == Formatted("run a**b now", (Span("bold", 0, 12), Span("code", 4, 8)))
    assert parse_marks("**run `ab` now**") == Formatted("run ab now", (Span("bold", 0, 10), Span("code", 4, 6)))
    assert parse_marks("```python\nx = **y**\n```") == Formatted("x = **y**", (Span("pre", 0, 9, language="python"),))


def test_tg9_right_to_left_text_keeps_its_marks() -> None:
    assert parse_marks("\u05e9\u05dc\u05d5\u05dd **\u05e2\u05d5\u05dc\u05dd**") == Formatted(
        "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd", (Span("bold", 5, 9),)
    )


@given(st.text(alphabet=st.one_of(st.sampled_from(EIGHTEEN + "\\\n a"), st.characters(exclude_categories=["Cs"]))))
def test_tg9_any_text_gives_entities_that_telegram_takes(text: str) -> None:
    for piece in split(parse_marks(text), 64):
        entities = [{"offset": one.offset, "length": one.length} for one in _entities(piece)]
        checked_message({"entities": entities}, {"text": piece.text})  # raises for what Telegram refuses
        assert all(0 <= one.offset < one.offset + one.length <= units(piece.text) for one in piece.spans)


@pytest.mark.parametrize(
    "bomb", ["**" + "`a` " * 8_000, "`" * 30_000, "**a " * 8_000, "[a](https://" * 3_000, "_a" * 9_000]
)
def test_tg9_no_text_takes_long_to_read(bomb: str) -> None:
    """What takes quadratic time takes minutes here, and pytest's own timeout ends it."""
    read = parse_marks(bomb)
    assert 0 < units(read.text) <= units(bomb)


@pytest.mark.parametrize(("length", "pieces"), [(4_095, 1), (4_096, 1), (4_097, 2), (12_000, 3), (12_289, 4)])
def test_tg10_texts_are_cut_at_4096_units(length: int, pieces: int) -> None:
    cut = list(split(Formatted("x" * length)))
    assert len(cut) == pieces
    assert "".join(piece.text for piece in cut) == "x" * length


@pytest.mark.parametrize("before", range(4_090, 4_098))
@pytest.mark.parametrize("sign", ["\U0001f600", FAMILY, "\U0001f44d\U0001f3fd", "e\u0301", "\U0001f1e9\U0001f1ea"])
def test_tg10_no_cut_goes_through_what_is_seen_as_one_character(before: int, sign: str) -> None:
    text = "x" * before + sign + "y" * 20
    cut = [piece.text for piece in split(Formatted(text))]
    assert "".join(cut) == text
    assert sum(sign in piece for piece in cut) == 1
    assert all(units(piece) <= MAX_UNITS for piece in cut)


def test_tg10_cuts_come_between_paragraphs_or_words_and_formatting_goes_on_behind_them() -> None:
    text = "**" + "word " * 900 + "end**"
    first, second = split(parse_marks(text))
    assert first.text.endswith("word")
    assert second.text.startswith("word")
    assert [piece.spans for piece in (first, second)] == [
        (Span("bold", 0, len(first.text)),),
        (Span("bold", 0, len(second.text)),),
    ]
    paragraphs = "a" * 3_000 + "\n\n" + "b c " * 500
    assert next(split(Formatted(paragraphs))).text == "a" * 3_000


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=400), st.integers(20, 90))
def test_tg10_cutting_loses_nothing_that_can_be_seen(text: str, limit: int) -> None:
    pieces = [piece.text for piece in split(Formatted(text), limit)]
    assert all(units(piece) <= limit for piece in pieces)
    assert _seen("".join(pieces)) == _seen(text)


def _seen(text: str) -> str:
    return "".join(one for one in text if not one.isspace() and unicodedata.category(one) != "Zs")


def test_photos_and_documents_go_as_such_and_what_has_no_address_of_the_web_is_named() -> None:
    reply = Reply(text="Look", image="https://example.com/a.png", files=("https://example.com/b.pdf", "c.pdf"))
    parts = parts_of(reply, "token")
    assert [(part.kind, part.url or part.words.text) for part in parts] == [
        ("photo", "https://example.com/a.png"),
        ("document", "https://example.com/b.pdf"),
        ("text", "c.pdf"),
        ("text", "Look"),
    ]


def test_buttons_stand_under_the_last_piece_and_those_without_room_are_written_out() -> None:
    buttons = tuple(Button(title=f"Choice number {n}", payload=f"/p{n}") for n in range(103))
    parts = parts_of(Reply(text="x " * 2_500, buttons=buttons), "t" * 22)
    assert [len(part.keys) for part in parts] == [0, 100]
    assert parts[-1].words.text.endswith("\u2022 Choice number 100\n\u2022 Choice number 101\n\u2022 Choice number 102")
    assert all(len((key.data or "").encode()) <= 64 for key in parts[-1].keys)


def test_buttons_that_open_pages_do_so_and_odd_addresses_are_written_out() -> None:
    buttons = (
        Button(title="Page", url="https://example.com"),
        Button(title="Odd", url="javascript:alert(1)"),
        Button(title="Yes"),
    )
    (part,) = parts_of(Reply(text="Choose", buttons=buttons), "token")
    assert [(key.title, key.url, key.data) for key in part.keys] == [
        ("Page", "https://example.com", None),
        ("Yes", None, "token.0"),
    ]
    assert part.words.text == "Choose\nOdd: javascript:alert(1)"


def test_short_buttons_share_a_row() -> None:
    (part,) = parts_of(Reply(text="?", buttons=tuple(Button(title=t) for t in ("Yes", "No", "Ask me later on"))), "t")
    assert [[key.title for key in row] for row in rows_of(part.keys)] == [["Yes", "No"], ["Ask me later on"]]


def test_tg9_what_telegram_refuses_is_sent_plainer_until_words_alone_are_left() -> None:
    (part,) = parts_of(Reply(text="**Choose**", buttons=(Button(title="Yes"),)), "token")
    plain = simpler(part)
    assert plain is not None
    assert (plain.words, len(plain.keys)) == (Formatted("Choose"), 1)
    words = simpler(plain)
    assert words is not None
    assert (words.words, words.keys) == (Formatted("Choose\n\u2022 Yes"), ())
    assert simpler(words) is None
