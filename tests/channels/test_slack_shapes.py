"""Payloads that Slack sends in earnest, and that look unlike those of its examples."""

import itertools
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.model.message import Message
from bot.testing.fake_slack import BOT, FakeSlack
from channels.slack.incoming import heard, press_of, team_of
from channels.slack.text import authored, marked
from tests.channels.slack_desks import OnSlack, on_slack

pytestmark = pytest.mark.anyio
_numbers = itertools.count(1)


def told(event: dict[str, Any], **outer: Any) -> Message | None:
    body = FakeSlack().wrapped({"type": "message", "channel": "D1", "ts": "1.1", "user": "U1", **event}, "Ev1") | outer
    found = heard(body, "slack")
    return found.message if found is not None else None


def test_a_message_that_is_passed_on_brings_its_words() -> None:
    shared = {"is_share": True, "text": "where is my order", "fallback": "[today] Ada: where is my order"}
    alone, below = told({"text": "", "attachments": [shared]}), told({"text": "What about:", "attachments": [shared]})
    assert (alone and alone.text, below and below.text) == ("where is my order", "What about:\nwhere is my order")
    unfurled = told({"text": "see https://example.com", "attachments": [{"title": "Example", "text": "A page"}]})
    assert unfurled is not None
    assert unfurled.text == "see https://example.com"


def test_what_was_deleted_below_others_answers_is_deleted() -> None:
    """Slack leaves a stone in its place, and tells of it as of a change by nobody."""
    stone = {
        "subtype": "tombstone",
        "text": "This message was deleted.",
        "user": "USLACKBOT",
        "ts": "1.1",
        "hidden": True,
    }
    before = {"user": "U1", "text": "when are you open", "ts": "1.1", "thread_ts": "1.1"}
    found = told(
        {"subtype": "message_changed", "user": None, "message": stone, "previous_message": before, "ts": "2.1"}
    )
    assert found is not None
    assert (found.kind, found.refers_to, found.address.thread) == ("delete", "D1:1.1", "D1:1.1")


def test_a_change_that_does_not_say_what_was_before_counts_only_if_somebody_edited() -> None:
    after = {"user": "U1", "text": "see https://example.com", "ts": "1.1"}
    event = {"subtype": "message_changed", "ts": "2.1", "user": None}
    assert told({**event, "message": {**after, "attachments": [{"title": "unfurled"}]}}) is None
    edited = told({**event, "message": {**after, "edited": {"user": "U1", "ts": "2.0"}}})
    assert edited is not None
    assert edited.kind == "edit"


def test_the_workspace_is_the_one_in_which_the_app_is_installed() -> None:
    """In a channel that two companies share, and in one of an organisation."""
    shared = told({"text": "hi"}, team_id="TOTHER", is_ext_shared_channel=True)
    assert shared is not None
    assert shared.address.account == "T1"
    whole = [{"enterprise_id": "E1", "team_id": None, "user_id": BOT, "is_bot": True, "is_enterprise_install": True}]
    organisation = told({"text": "hi"}, authorizations=whole)
    assert organisation is not None
    assert organisation.address.account == "T1"
    assert team_of({"team": None, "user": {"id": "U1", "team_id": "T1"}, "is_enterprise_install": True}) == "T1"
    view = {"app_installed_team_id": "T1"}
    assert team_of({"team": {"id": "TOTHER"}, "view": view, "user": {"id": "U1"}}) == "T1"


@pytest.mark.parametrize(
    "event",
    [
        {"subtype": "bot_message", "bot_id": "B9", "user": None},
        {"bot_id": "B9", "bot_profile": {"id": "B9"}},
        {"subtype": "channel_join"},
        {"subtype": "message_replied"},
        {"subtype": "assistant_app_thread"},
        {"user": "USLACKBOT"},
        {"user": BOT},
        {"channel": "C1", "channel_type": "channel", "text": "among others"},
    ],
)
def test_what_is_not_said_to_the_desk_by_a_person_is_none(event: dict[str, Any]) -> None:
    assert told({"text": "hello", **event}) is None


@pytest.mark.parametrize(
    "action",
    [
        {"type": "datepicker", "selected_date": "2026-01-01"},
        {"type": "multi_static_select", "selected_options": []},
        {"type": "users_select", "selected_user": "U2"},
        {"type": "static_select", "selected_option": None},
        {"type": "checkboxes", "selected_options": [{"value": "x"}]},
    ],
)
def test_an_answer_of_a_kind_that_the_desk_never_asks_for_is_none(action: dict[str, Any]) -> None:
    where = {"channel": {"id": "D1"}, "user": {"id": "U1"}, "team": {"id": "T1"}, "message": {"ts": "1.1"}}
    assert press_of({**where, "actions": [{"action_id": "press", "block_id": "for:0:U1", **action}]}) is None


def test_an_agents_marks_become_the_desks() -> None:
    assert marked("*Bold*, 2*3*4, `*code*` and <https://example.com|the page>") == (
        "**Bold**, 2*3*4, `*code*` and [the page](https://example.com)"
    )
    assert marked("<https://example.com|example.com> &lt;b&gt; <mailto:a@b.de|a@b.de>") == (
        "https://example.com <b> a@b.de"
    )


def test_emoji_are_characters_where_slack_says_which() -> None:
    thumb = {"type": "emoji", "name": "+1", "unicode": "1f44d-1f3fc", "skin_tone": 3}
    own = {"type": "emoji", "name": "our-logo"}
    section = {"type": "rich_text_section", "elements": [thumb, own, {"type": "emoji", "name": "x", "unicode": "zz"}]}
    found = told({"text": ":+1::skin-tone-3: :our-logo: :x:", "blocks": [{"type": "rich_text", "elements": [section]}]})
    assert found is not None
    assert found.text == "\U0001f44d\U0001f3fc :our-logo: :x:"


def test_named_links_and_bold_words_of_replies_as_slack_shows_them() -> None:
    assert authored("**Now**: [the page](https://example.com/a), [https://b.de](https://b.de), `**x**`") == (
        "*Now*: the page (https://example.com/a), https://b.de, `**x**`"
    )


@pytest.fixture(scope="module")
async def there(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OnSlack]:
    """One desk: each test has a contact of its own."""
    async with FakeSlack(strict=False) as slack, on_slack(tmp_path_factory.mktemp("desk"), "", slack) as desk:
        yield desk


async def test_a_reaction_to_a_reply_in_a_thread_is_feedback_there(there: OnSlack) -> None:
    """Slack does not say in which thread the message stands."""
    root = await there.slack.says("U1", f"<@{BOT}> when are you open", "C1", type="app_mention")
    await there.said(1, "C1")
    reply = there.slack.in_channel("C1")[-1]
    item = {"type": "message", "channel": "C1", "ts": reply.ts}
    event = {"type": "reaction_added", "user": "U1", "reaction": "+1::skin-tone-2", "item_user": BOT, "item": item}
    there.slack.behave("500", method="conversations.replies")
    assert await there.slack.event({**event, "event_ts": "9.9"}) == 200
    await there.quiet()
    facts = [data["text"] for type_, data in await there.facts("U1", f"C1:{root}") if type_ == "ReactionAdded"]
    assert facts == ["+1::skin-tone-2"]


async def test_a_shortcut_on_an_apps_message_asks_what_that_shows(there: OnSlack) -> None:
    message = {"ts": "1.1", "text": "", "bot_id": "B1", "subtype": "bot_message"}
    message["attachments"] = [{"fallback": "when are you open"}]  # type: ignore[assignment]
    payload = {"type": "message_action", "callback_id": "frontdesk_ask", "team": None, "is_enterprise_install": True}
    payload |= {"user": {"id": "U2", "team_id": "T1"}, "channel": {"id": "C1"}, "message": message}
    assert (await there.slack.interacts({**payload, "trigger_id": "t1"})).status_code == 200
    assert await there.said(1, "D2") == ["We are open from 9 to 5."]


async def test_everything_else_that_is_authentic_is_answered_with_200(there: OnSlack) -> None:
    kinds = ("channel_rename", "channel_archive", "member_joined_channel", "app_home_opened", "file_shared")
    for kind in (*kinds, "link_shared", "reaction_removed", "user_change", "grid_migration_started"):
        assert await there.slack.event({"type": kind, "channel": {"id": "C1"}, "user": {"id": "U1"}}) == 200
    thread = {"user_id": "U1", "channel_id": "D1", "thread_ts": "1.1", "context": {}}
    assert await there.slack.event({"type": "assistant_thread_started", "assistant_thread": thread}) == 200
    view = {"id": "V1", "type": "modal", "callback_id": "other", "state": {"values": {}}, "private_metadata": "{"}
    whom: dict[str, Any] = {"team": {"id": "T1"}, "user": {"id": "U1"}, "view": view}
    for form in ("frontdesk_form", "agent:reply", "other"):
        sent = {**whom, "type": "view_submission", "view": view | {"callback_id": form}}
        assert (await there.slack.interacts(sent)).status_code == 200
    for kind in ("view_closed", "block_suggestion", "dialog_submission", "interactive_message"):
        body = {**whom, "type": kind, "callback_id": "x", "action_id": "a", "block_id": "b", "actions": [{"name": "a"}]}
        assert (await there.slack.interacts(body)).status_code == 200
    late = urlencode({"token": "x", "ssl_check": "1"}).encode()
    assert (await there.slack.post(late, "application/x-www-form-urlencoded")).status_code == 200
    assert json.loads((await there.slack.post(b'{"type": "url_verification", "challenge": "abc"}')).text) == {
        "challenge": "abc"
    }
