"""What counts as several wishes in one message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.wishes import LONGEST, MOST_PARTS, parts_of

SEVERAL = {
    "where is my order and when do you close": ("where is my order", "when do you close"),
    "where is A-2004? also I need the invoice for March": ("where is A-2004", "I need the invoice for March"),
    "I want to cancel my plan, and also delete my data": ("I want to cancel my plan", "delete my data"),
    "ich will kündigen und dann meine Daten löschen": ("ich will kündigen", "meine Daten löschen"),
    "wo ist mein Paket; wann habt ihr offen": ("wo ist mein Paket", "wann habt ihr offen"),
    "where is my order\nwhen do you close\nsend me the invoice": (
        "where is my order", "when do you close", "send me the invoice",
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", SEVERAL)
def test_borders_are_sentence_ends_and_words_like_and(text: str) -> None:
    assert parts_of(text) == SEVERAL[text]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "where is my order",
        "thanks and bye",
        "hello, where is my order and thanks a lot",
        "my parcel came and it is broken",
        "mein Paket ist da und es ist kaputt",
        "black and white",
        "my address is 12, Main Street",
        "it costs 3.50 or so they say",
        "anna@example.com",
    ],
)
def test_one_matter_is_one_wish(text: str) -> None:
    assert parts_of(text) == ()


def test_a_long_story_is_no_list_of_wishes() -> None:
    many = " and ".join(["I have waited here"] * (MOST_PARTS + 1))
    assert parts_of(many) == ()
    assert parts_of("where is my order and " + "x y z " * LONGEST) == ()


@given(st.text(alphabet=st.sampled_from("ab .,;!?\nundand "), max_size=LONGEST + 50))
def test_parts_are_pieces_of_the_message_in_their_order(text: str) -> None:
    parts, place = parts_of(text), 0
    assert len(parts) != 1
    for part in parts:
        place = text.index(part, place) + len(part)
