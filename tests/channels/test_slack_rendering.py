"""A reply as Slack's messages: within every limit, and with everything in them."""

import json
import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.message import Reply
from bot.model.response import Button
from bot.testing.fake_slack_rules import refusal_of
from channels.slack.render import Post, plainly, posts_of, uploads_of
from channels.slack.text import POST_LIMIT, cost, escape, plain, split

SLACKS_LIMIT = 4_000


def words_of(text: str) -> list[str]:
    return re.sub(r"`{3}", " ", text).split()


def held(posts: list[Post]) -> bool:
    return all(refusal_of({"text": post.text}, list(post.blocks) or None) is None for post in posts)


def shown(posts: list[Post]) -> str:
    """All words and blocks; once more without gaps, for what is longer than one message."""
    parts = [post.text + json.dumps(post.blocks, ensure_ascii=False) for post in posts]
    return "\n".join([*parts, "".join(post.text for post in posts)])


@pytest.mark.parametrize("length", [5_001, 41_000])
def test_sl15_a_long_reply_is_split_between_words(length: int) -> None:
    text = " ".join(f"word{number} & more" for number in range(length // 12))[:length]
    posts = posts_of(Reply(text=text), "U1")
    assert all(len(post.text) <= SLACKS_LIMIT for post in posts)
    assert held(posts)
    assert " ".join(post.text for post in posts).split() == escape(text).split()


def test_sl15_code_stays_code_over_a_cut() -> None:
    code = "\n".join(f"line {number} of the code" for number in range(400))
    pieces = split(f"Look:\n```\n{code}\n```\nThat was it.")
    assert len(pieces) > 1
    assert all(piece.count("```") % 2 == 0 for piece in pieces)
    assert [word for piece in pieces for word in words_of(piece)] == words_of(f"Look: {code} That was it.")


def test_sl15_no_character_is_cut_in_two() -> None:
    family = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
    pieces = split(family * 2_000)
    assert "".join(pieces) == family * 2_000
    assert all(not piece.startswith("\u200d") and not piece.endswith("\u200d") for piece in pieces)
    assert all(len(piece.encode("utf-16-le")) // 2 <= SLACKS_LIMIT for piece in pieces)


@given(st.text(st.sampled_from("ab &<>`\n\U0001f600é"), max_size=900).map(lambda text: text * 20))
@settings(max_examples=60)
def test_sl15_any_text_comes_through_whole(text: str) -> None:
    pieces = split(text, 300)
    assert all(cost(piece) <= 300 for piece in pieces)
    whole, parts = re.sub(r"[`\s]", "", text), re.sub(r"[`\s]", "", "".join(pieces))
    assert parts == whole


@pytest.mark.parametrize(
    ("buttons", "menus"),
    [
        ([Button(title=f"Choice {n}") for n in range(5)], 0),
        ([Button(title=f"Choice {n}") for n in range(30)], 1),
        ([Button(title=f"Choice {n}", payload="/x" + "y" * 300) for n in range(30)], 0),
        ([Button(title=f"Choice {n}") for n in range(2_000)], 0),
        ([Button(title="T" * 80), Button(title="U" * 500, payload="p" * 3_900)], 0),
        ([Button(title="", payload="/empty"), Button(title="Site", url="https://example.com/" + "x" * 3_500)], 0),
        ([Button(title="File", url="file:///etc/passwd")], 0),
    ],
)
def test_sl17_any_buttons_fit_and_all_can_be_read(buttons: list[Button], menus: int) -> None:
    reply = Reply(text="Which one? " * 500, buttons=tuple(buttons), image="not an address")
    for posts in (posts_of(reply, "U1"), plainly(reply)):
        assert held(posts)
        everything = shown(posts)
        assert all(button.title in everything for button in buttons)
        assert all(button.url is None or button.url in everything for button in buttons)
        assert "not an address" in everything
    elements = [e for p in posts_of(reply, "U1") for b in p.blocks if b["type"] == "actions" for e in b["elements"]]
    assert sum(element["type"] == "static_select" for element in elements) == menus
    assert len(elements) == (1 if menus else len(buttons))


def test_a_table_is_shown_as_code_and_bold_as_slack_writes_it() -> None:
    (post,) = posts_of(Reply(text="**Plans**\n| plan | price |\n|---|---|\n| pro | 9 |\nBye"), "U1")
    assert post.text == "*Plans*\n```\n| plan | price |\n|---|---|\n| pro | 9 |\n```\nBye"


def test_images_are_shown_by_their_addresses_and_files_follow() -> None:
    reply = Reply(text="Here", image="https://a.example/b.png", files=("https://a.example/c.pdf", "d.pdf"))
    (post,) = posts_of(reply, "U1")
    assert [block["type"] for block in post.blocks] == ["section", "image"]
    assert post.text == "Here\nd.pdf", "what has no address of the web is named"
    assert uploads_of(reply) == ["https://a.example/c.pdf"]


def test_an_empty_reply_is_no_message() -> None:
    assert posts_of(Reply(text="  "), "U1") == []


def test_sl16_references_are_read_as_people_read_them() -> None:
    assert plain("<@UB> mail <mailto:a@b.de|a@b.de> or <tel:+49|+49> in <#C1|help> &amp;lt; <!here>", "UB") == (
        "mail a@b.de or +49 in #help &lt; @here"
    )


@pytest.mark.parametrize(("channel", "sdk"), [("slack", "slack"), ("telegram", "telegram")])
def test_no_sdk_is_loaded_where_a_channel_is_off(channel: str, sdk: str) -> None:
    """It costs time and memory; the preview of replies does without."""
    look = f"import sys, channels.{channel}; print(sorted(m for m in sys.modules if m.startswith({sdk!r})))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


assert POST_LIMIT < SLACKS_LIMIT
