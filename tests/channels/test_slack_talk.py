"""Talking with the desk on Slack: each message one turn, each reply where it belongs."""

import asyncio
import json
from pathlib import Path

from bot.testing.fake_slack import BOT, FakeSlack
from tests.channels.slack_desks import on_slack

OPEN = "We are open from 9 to 5."


async def test_a_direct_message_is_answered_without_unfurling_links(tmp_path: Path, database_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, database_url, slack) as desk:
        await slack.says("U1", "when are you open")
        assert await desk.said(1, "D1") == [OPEN]
        (call,) = [arguments for method, arguments, _ in slack.calls if method == "chat.postMessage"]
        assert [str(call[name]).lower() for name in ("unfurl_links", "unfurl_media")] in (
            ["0", "0"],
            ["false", "false"],
        )


async def test_sl6_an_event_that_comes_four_times_is_one_turn(tmp_path: Path, database_url: str) -> None:
    """One after the other, and all at once."""
    async with FakeSlack() as slack, on_slack(tmp_path, database_url, slack) as desk:
        for user, at_once in (("U1", False), ("U2", True)):
            event = {"type": "message", "user": user, "text": "when are you open", "ts": "1.1"}
            event |= {"channel": f"D{user[1]}", "channel_type": "im"}
            body = json.dumps(slack.wrapped(event, f"Ev{user}")).encode()
            sends = [
                slack.post(body, headers={"x-slack-retry-num": str(number)} if number else {}) for number in range(4)
            ]
            answers = await asyncio.gather(*sends) if at_once else [await send for send in sends]
            assert [answer.status_code for answer in answers] == [200] * 4
        await desk.quiet()
        assert (slack.told("D1"), slack.told("D2")) == ([OPEN], [OPEN])
        assert await desk.count("inbox") == 2


async def test_sl7_a_retry_whose_original_never_came_is_answered(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        event = {"type": "message", "user": "U1", "text": "when are you open", "ts": "1.1", "channel": "D1"}
        body = json.dumps(slack.wrapped(event, "Ev1")).encode()
        retry = {"x-slack-retry-num": "1", "x-slack-retry-reason": "connection_failed"}
        assert (await slack.post(body, headers=retry)).status_code == 200
        assert await desk.said(1, "D1") == [OPEN]


async def test_sl9_a_mention_that_is_told_twice_is_one_turn_in_its_thread(tmp_path: Path, database_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, database_url, slack) as desk:
        event = {
            "user": "U1",
            "text": f"<@{BOT}> when are you open",
            "ts": "7.1",
            "channel": "C1",
            "channel_type": "channel",
        }
        await asyncio.gather(slack.event({**event, "type": "app_mention"}), slack.event({**event, "type": "message"}))
        await desk.quiet()
        assert [(posted.text, posted.thread_ts) for posted in slack.in_channel("C1")] == [(OPEN, "7.1")]


async def test_sl10_an_edit_takes_the_turn_anew_and_is_none_of_its_own(tmp_path: Path, sqlite_url: str) -> None:
    """The changed question is answered once; the same change again, and a deletion, are answered by nothing."""
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        ts = await slack.says("U1", "when are you open")
        await desk.said(1, "D1")
        said = {"user": "U1", "text": "when are you open", "ts": ts}
        changed = {"type": "message", "subtype": "message_changed", "channel": "D1", "channel_type": "im", "ts": "9.9"}
        for text in ("are you open on sundays", "are you open on sundays"):
            await slack.event({**changed, "message": {**said, "text": text}, "previous_message": said})
            said = {**said, "text": text}
        deleted = {
            "type": "message",
            "subtype": "message_deleted",
            "channel": "D1",
            "channel_type": "im",
            "deleted_ts": ts,
        }
        await slack.event({**deleted, "previous_message": said, "ts": "9.9"})
        reaction = {"type": "reaction_added", "user": "U1", "reaction": "thumbsup", "item_user": BOT, "event_ts": "9.9"}
        await slack.event(
            {**reaction, "item": {"type": "message", "channel": "D1", "ts": slack.in_channel("D1")[1].ts}}
        )
        await desk.quiet()
        assert slack.told("D1") == [OPEN, "Closed on Sundays."]
        facts = await desk.facts("U1")
        changes = ("MessageEdited", "MessageDeleted", "ReactionAdded")
        noted = [(type_, data.get("text")) for type_, data in facts if type_ in changes]
        assert noted == [
            ("MessageEdited", "are you open on sundays"),
            ("MessageDeleted", ""),
            ("ReactionAdded", "thumbsup"),
        ]


async def test_sl11_each_thread_is_a_conversation_and_keeps_its_replies(tmp_path: Path, database_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, database_url, slack) as desk:
        first = await slack.says("U1", f"<@{BOT}> where is my order", "C1", type="app_mention")
        await desk.said(1, "C1")
        await asyncio.sleep(1)
        second = await slack.says("U1", f"<@{BOT}> when are you open", "C1", type="app_mention")
        await desk.said(2, "C1")
        # In a thread that the desk is part of nobody has to mention it again.
        await slack.says("U1", "1234", "C1", thread_ts=first)
        await desk.said(3, "C1")
        told = [(posted.text, posted.thread_ts) for posted in slack.in_channel("C1") if posted.user == BOT]
        assert told == [("Which order?", first), (OPEN, second), ("Order 1234 is on its way.", first)]
        # Somebody else in the thread is a contact of their own, and has to speak to the desk first.
        await slack.says("U2", "1234", "C1", thread_ts=first)
        await desk.quiet()
        assert len(slack.told("C1")) == 3
        # A thread within direct messages stays one, too.
        await slack.says("U1", "when are you open", thread_ts="5.5")
        await desk.said(1, "D1")
        assert slack.in_channel("D1")[-1].thread_ts == "5.5"


async def test_sl16_what_a_visitor_writes_comes_back_as_text(tmp_path: Path, sqlite_url: str) -> None:
    """An echo can mention nobody and disguise no link."""
    echo = """
        flows:
          echo:
            description: Repeats what was said.
            triggers: [{intent: echo}]
            steps:
              - id: words
                collect: words
                ask: What?
              - say: "You said: {{ slots.words }}"
        slots: {words: {type: text}}
        nlu: [{intent: echo, examples: "- repeat after me"}]
    """
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack, echo) as desk:
        await slack.says("U1", "repeat after me")
        await desk.said(1, "D1")
        # As Slack sends what somebody typed: escaped; real references stand in brackets.
        await slack.says(
            "U1",
            "&lt;!channel&gt; &amp;amp; &lt;@U2&gt; &lt;http://x|y&gt; <mailto:a@b.de|a@b.de> <http://evil.example|bank>",
        )
        told = await desk.said(2, "D1")
        assert told[1] == (
            "You said: &lt;!channel&gt; &amp;amp; &lt;@U2&gt; &lt;http://x|y&gt; a@b.de http://evil.example"
        )


async def test_sl24_files_come_as_what_they_say_of_themselves(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        file = {"id": "F1", "name": "bill.pdf", "mimetype": "application/pdf", "size": 1234}
        file |= {"url_private": "https://files.slack.com/files-pri/T1-F1/bill.pdf"}
        await slack.says("U1", "when are you open", subtype="file_share", files=[file])
        await desk.said(1, "D1")
        (payload,) = await desk.column("SELECT payload FROM inbox")
        (stored,) = json.loads(payload)["files"]
        # An address of the desk's, which fetches it with the workspace's token when somebody opens it.
        assert stored["url"].startswith("/slack/files/")
        assert (stored["name"], stored["media_type"], stored["size"]) == ("bill.pdf", "application/pdf", 1234)
        assert {method for method, _, _ in slack.calls} == {"chat.postMessage"}


async def test_sl25_two_workspaces_share_nothing(tmp_path: Path, database_url: str) -> None:
    """The same ids of a person and a channel, in two companies."""
    slack = FakeSlack(tokens={"xoxb-one": "T1", "xoxb-two": "T2"})
    async with slack, on_slack(tmp_path, database_url, slack) as desk:
        await slack.says("U1", "where is my order", team="T1")
        assert await desk.said(1, "D1", "T1") == ["Which order?"]
        await slack.says("U1", "1234", team="T2")
        assert (await desk.said(1, "D1", "T2"))[0] != "Order 1234 is on its way."
        await slack.says("U1", "1234", team="T1")
        assert (await desk.said(2, "D1", "T1"))[1] == "Order 1234 is on its way."
        await slack.says("U1", "when are you open", team="T3")
        await desk.quiet()
        assert slack.told("D1", "T3") == []


async def test_a_command_is_answered_in_direct_messages(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        answer = await slack.commands("U1", "when are you open", "C1")
        assert answer.json()["response_type"] == "ephemeral"
        assert await desk.said(1, "D1") == [OPEN]
        assert "/desk" in (await slack.commands("U1", "  ", "C1")).json()["text"]
        await desk.quiet()
        assert len(slack.told("D1")) == 1


async def test_a_shortcut_on_a_message_asks_what_it_says(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        payload = {"type": "message_action", "callback_id": "frontdesk_ask", "team": {"id": "T1"}, "user": {"id": "U1"}}
        payload |= {"channel": {"id": "C1"}, "message": {"ts": "1.1", "user": "U2", "text": "when are you open"}}
        assert (await slack.interacts({**payload, "trigger_id": slack.trigger()})).status_code == 200
        assert await desk.said(1, "D1") == [OPEN]


async def test_sl19_a_form_opens_shows_what_is_wrong_and_asks(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        shortcut = {"type": "shortcut", "callback_id": "frontdesk_ask", "team": {"id": "T1"}, "user": {"id": "U1"}}
        await slack.interacts({**shortcut, "trigger_id": slack.trigger()})
        await desk.until(lambda: bool(slack.views))
        wrong = await slack.submits("U1", slack.views[0], "  ")
        assert wrong.json()["response_action"] == "errors"
        assert wrong.elapsed.total_seconds() < 3
        right = await slack.submits("U1", slack.views[0], "when are you open")
        assert (right.status_code, right.text) == (200, "")
        assert await desk.said(1, "D1") == [OPEN]


async def test_a_trigger_that_is_too_old_breaks_nothing(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        shortcut = {"type": "shortcut", "callback_id": "frontdesk_ask", "team": {"id": "T1"}, "user": {"id": "U1"}}
        assert (await slack.interacts({**shortcut, "trigger_id": "long.gone"})).status_code == 200
        await desk.until(lambda: ("views.open", "expired_trigger_id") in [(m, e) for m, _, e in slack.calls])
        await slack.says("U1", "when are you open")
        assert await desk.said(1, "D1") == [OPEN]


async def test_sl18_a_button_is_pressed_once_by_whom_it_is_for(tmp_path: Path, database_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, database_url, slack) as desk:
        await slack.says("U1", f"<@{BOT}> when are you open", "C1", type="app_mention")
        await desk.said(1, "C1")
        question = slack.in_channel("C1")[-1]
        before = slack.press("U1", question)
        await slack.presses("U2", question)
        await desk.until(lambda: len(slack.notices("U2")) == 1)
        answers = await asyncio.gather(*(slack.presses("U1", question) for _ in range(3)))
        assert {answer.status_code for answer in answers} == {200}
        assert await desk.said(2, "C1") == [OPEN, "Closed on Sundays."]
        # The buttons are gone, and what was chosen stands there; who still sees them changes nothing any more.
        await desk.until(lambda: not [block for block in question.blocks if block["type"] == "actions"])
        assert "And on Sundays?" in json.dumps(question.blocks)
        await slack.interacts({**before, "trigger_id": slack.trigger()})
        await desk.until(lambda: len(slack.notices("U1")) == 3)
        await desk.quiet()
        assert len(slack.told("C1")) == 2
        assert await desk.count("inbox") == 2
