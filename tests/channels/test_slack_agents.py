"""Agents who work in Slack: a handoff is a thread, and the inbox's rules hold there, too."""

import json
from pathlib import Path
from typing import Any

from bot.testing.fake_slack import BOT, FakeSlack, Posted
from tests.api.desks import FLOWS
from tests.channels.slack_desks import OnSlack, on_slack

TEAMS = {"slack_teams": "safe=C9,*=C8"}


async def handed_over(desk: OnSlack, user: str = "U1") -> Posted:
    """A customer comes to a person; gives the first message of the agents' thread."""
    await desk.slack.says(user, "open the vault")
    await desk.said(1, f"D{user[1:]}")
    await desk.slack.says(user, "4711")
    before = len(desk.slack.told("C9"))
    await desk.said(before + 1, "C9")
    await desk.quiet()
    return desk.slack.in_channel("C9")[-1]


def action(desk: OnSlack, user: str, root: Posted, name: str) -> dict[str, Any]:
    (block,) = [block for block in root.blocks if block["type"] == "actions"]
    names = [element["action_id"] for element in block["elements"]]
    return desk.slack.press(user, root, names.index(f"agent:{name}"))


async def status(desk: OnSlack) -> list[tuple[str, str | None]]:
    def work(c: Any) -> list[tuple[str, str | None]]:
        rows = c.exec_driver_sql("SELECT status, claimed_by FROM handoff ORDER BY requested_at")
        return [(row[0], row[1]) for row in rows]

    return await desk.house.database.read(work)


def thread(desk: OnSlack, root: Posted) -> list[str]:
    return [posted.text for posted in desk.slack.in_channel("C9") if (posted.thread_ts, posted.user) == (root.ts, BOT)]


async def test_a_handoff_is_a_thread_with_its_packet_and_buttons(tmp_path: Path, database_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, database_url, slack, **TEAMS) as desk:
        root = await handed_over(desk)
        shown = json.dumps(root.blocks)
        assert "URGENT: u1 · slack · pin_given" in json.dumps(root.blocks, ensure_ascii=False), "the name, not the id"
        assert "pin_given" in shown
        # What is sensitive stands masked in packets, and so it does here.
        assert "4711" not in shown
        names = [e["action_id"] for b in root.blocks if b["type"] == "actions" for e in b["elements"]]
        assert names == [f"agent:{name}" for name in ("claim", "reply", "note", "resolve", "return")]
        assert slack.told("C8") == []


async def test_what_is_written_in_the_thread_reaches_the_contact_once(tmp_path: Path, database_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, database_url, slack, **TEAMS) as desk:
        root = await handed_over(desk)
        before = len(slack.told("D1"))
        event = {"type": "message", "user": "UGRACE", "text": "Hello, Grace here.", "channel": "C9", "ts": "8.1"}
        for _ in range(2):
            await slack.event({**event, "channel_type": "group", "thread_ts": root.ts}, "EvGrace")
        assert (await desk.said(before + 1, "D1"))[before:] == ["Hello, Grace here."]
        await desk.until(lambda: "<@UGRACE> has it" in json.dumps(root.blocks))
        # What the contact answers comes into the thread.
        await slack.says("U1", "thanks & bye")
        await desk.until(lambda: bool(thread(desk, root)))
        await desk.quiet()
        assert slack.told("D1")[before:] == ["Hello, Grace here."]
        assert thread(desk, root) == ["*Contact:* thanks &amp; bye"]
        assert await status(desk) == [("claimed", "slack:T1:UGRACE")]


async def test_a_colleagues_conversation_is_theirs(tmp_path: Path, sqlite_url: str) -> None:
    """As in the inbox: who comes second is told who has it, and nothing goes out."""
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack, **TEAMS) as desk:
        root = await handed_over(desk)
        before = len(slack.told("D1"))
        await slack.interacts(action(desk, "UGRACE", root, "claim"))
        await desk.until(lambda: "<@UGRACE>" in json.dumps(root.blocks))
        await slack.says("UALAN", "Let me", "C9", thread_ts=root.ts)
        await desk.until(lambda: len(slack.notices("UALAN")) == 1)
        assert "UGRACE" in slack.notices("UALAN")[0]
        await slack.interacts(action(desk, "UALAN", root, "resolve"))
        await desk.until(lambda: len(slack.notices("UALAN")) == 2)
        await desk.quiet()
        assert slack.told("D1")[before:] == []
        assert await status(desk) == [("claimed", "slack:T1:UGRACE")]


async def test_resolved_the_next_message_is_the_bots_and_the_thread_is_closed(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack, **TEAMS) as desk:
        root = await handed_over(desk)
        await slack.interacts(action(desk, "UGRACE", root, "resolve"))
        await desk.until(lambda: "Resolved" in json.dumps(root.blocks))
        assert not [block for block in root.blocks if block["type"] == "actions"]
        await slack.says("UGRACE", "one more thing", "C9", thread_ts=root.ts)
        await desk.until(lambda: len(slack.notices("UGRACE")) == 1)
        before = len(slack.told("D1"))
        await slack.says("U1", "when are you open")
        assert (await desk.said(before + 1, "D1"))[before] == "We are open from 9 to 5."
        assert thread(desk, root) == []


async def test_returned_the_bot_goes_on(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack, **TEAMS) as desk:
        root = await handed_over(desk)
        before = len(slack.told("D1"))
        await slack.interacts(action(desk, "UGRACE", root, "return"))
        await desk.until(lambda: "Returned" in json.dumps(root.blocks))
        await desk.said(before + 1, "D1")
        assert (await status(desk))[0][0] == "returned"


async def test_replies_and_notes_by_form(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack, **TEAMS) as desk:
        root = await handed_over(desk)
        before = len(slack.told("D1"))
        await slack.interacts(action(desk, "UGRACE", root, "note"))
        await desk.until(lambda: len(slack.views) == 1)
        assert (await slack.submits("UGRACE", slack.views[0], " ")).json()["response_action"] == "errors"
        assert (await slack.submits("UGRACE", slack.views[0], "looks angry")).text == ""
        await slack.interacts(action(desk, "UGRACE", root, "reply"))
        await desk.until(lambda: len(slack.views) == 2)
        for _ in range(2):
            assert (await slack.submits("UGRACE", slack.views[1], "I am on it.")).text == ""
        assert (await desk.said(before + 1, "D1"))[before:] == ["I am on it."]
        await desk.until(lambda: thread(desk, root) == ["*<@UGRACE>:* I am on it."])
        refused = await slack.submits("UALAN", slack.views[1] | {"id": "V9"}, "Me too")
        assert "A colleague has this conversation" in json.dumps(refused.json())
        notes = await desk.column("SELECT text FROM note")
        assert notes == ["looks angry"]
        assert "angry" not in json.dumps(slack.told("D1"))


async def test_buttons_count_in_their_teams_channel_alone(tmp_path: Path, sqlite_url: str) -> None:
    """Whoever sees them elsewhere is no agent of that team."""
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack, **TEAMS) as desk:
        root = await handed_over(desk)
        elsewhere = action(desk, "UEVE", root, "claim") | {"channel": {"id": "C1"}}
        assert (await slack.interacts(elsewhere)).status_code == 200
        other = action(desk, "UEVE", root, "claim") | {"team": {"id": "T2"}}
        assert (await slack.interacts(other)).status_code == 200
        assert await status(desk) == [("waiting", None)]


async def test_a_restart_goes_on_in_the_same_thread(tmp_path: Path, database_url: str) -> None:
    async with FakeSlack() as slack:
        async with on_slack(tmp_path, database_url, slack, **TEAMS) as desk:
            root = await handed_over(desk)
            await desk.quiet()
        async with on_slack(tmp_path, database_url, slack, **TEAMS) as desk:
            await slack.says("U1", "are you there?")
            await desk.until(lambda: bool(thread(desk, root)))
            assert thread(desk, root) == ["*Contact:* are you there?"]
            assert [posted.ts for posted in slack.in_channel("C9") if posted.user == BOT and not posted.thread_ts] == [
                root.ts
            ]


async def test_an_answer_that_is_lost_makes_no_second_thread(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack, **TEAMS) as desk:
        slack.behave("lost", channel="C9")
        root = await handed_over(desk)
        await slack.says("U1", "hello?")
        await desk.until(lambda: bool(thread(desk, root)), 40)
        assert len(slack.told("C9")) == 2


async def test_who_answers_before_the_desk_knows_its_thread_is_heard_all_the_same(
    tmp_path: Path, sqlite_url: str
) -> None:
    """Slack showed the thread, and its answer to the desk is still on the way: Slack brings the message again."""
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack, **TEAMS) as desk:
        slack.behave("slow", seconds=0.3, channel="C9")
        await slack.says("U1", "open the vault")
        await desk.said(1, "D1")
        await slack.says("U1", "4711")
        await desk.until(lambda: bool(slack.told("C9")))
        await slack.says("UGRACE", "Hello, Grace here.", "C9", thread_ts=slack.in_channel("C9")[0].ts)
        assert tuple(status for _, status in slack.attempts[-2:]) == (503, 200)
        assert (await desk.said(2, "D1"))[-1] == "Hello, Grace here."


async def test_a_german_desk_speaks_german_to_its_agents(tmp_path: Path, sqlite_url: str) -> None:
    """By the first of the desk's languages, whatever the contact speaks."""
    flows = FLOWS + "    settings: {languages: [de, en]}\n"
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack, flows, **TEAMS) as desk:
        root = await handed_over(desk)
        shown = json.dumps(root.blocks, ensure_ascii=False)
        assert "DRINGEND" in shown
        assert "Wartet. Was du in diesem Thread schreibst" in shown
        assert "Zurück an den Bot" in shown
        assert "In eigenen Worten" in shown
        assert "&gt; Kontakt: open the vault" in shown or "> Kontakt: open the vault" in shown
        await slack.interacts(action(desk, "UGRACE", root, "reply"))
        await desk.until(lambda: len(slack.views) == 1)
        assert "Das liest der Kontakt." in json.dumps(slack.views[0], ensure_ascii=False)
        await slack.interacts(action(desk, "UGRACE", root, "claim"))
        await desk.until(lambda: "<@UGRACE> hat übernommen" in json.dumps(root.blocks, ensure_ascii=False))
        await slack.interacts(action(desk, "UALAN", root, "resolve"))
        await desk.until(lambda: len(slack.notices("UALAN")) == 1)
        assert slack.notices("UALAN")[0].startswith("<@UGRACE> hat diese Unterhaltung")
        await slack.says("U1", "hallo?")
        await desk.until(lambda: thread(desk, root) == ["*Kontakt:* hallo?"])
