"""Files of agents who work in Slack reach the contact, on whatever channel that is; and the contact's reach them."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.model.message import Address, FileRef, Message
from bot.testing.fake_slack import BOT, FakeSlack, Posted
from bot.testing.fake_telegram import FakeTelegram
from channels.slack import agent_threads
from channels.slack.agent_threads import MOST_TRIES
from channels.slack.incoming import files_of
from tests.api.desks import until
from tests.channels.slack_desks import OnSlack, on_slack

pytestmark = pytest.mark.anyio
PDF = b"%PDF-1.7 the contract"
_people = itertools.count(1)


@dataclass
class Both(OnSlack):
    telegram: FakeTelegram | None = None

    async def asked(self, address: Address) -> None:
        """Until the desk has said something there."""

        async def said() -> bool:
            return bool(await self.house.intake.replies_after(address.conversation_id, 0))

        await until(said, 15)


@pytest.fixture(scope="module")
async def there(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    """One desk for all tests, on Slack with one token for every workspace, on Telegram and on the web."""
    async with contextlib.AsyncExitStack() as stack:
        slack = await stack.enter_async_context(FakeSlack(strict=False))
        telegram = await stack.enter_async_context(FakeTelegram())
        given = {
            "slack_teams": "*=C9", "slack_bot_token": next(iter(slack.tokens)), "telegram_token": telegram.token,
            "telegram_api_url": telegram.url, "telegram_webhook_secret": "secret",
        }  # fmt: skip
        desk = await stack.enter_async_context(on_slack(tmp_path_factory.mktemp("desk"), "", slack, **given))
        yield Both(slack, desk.desk, telegram)


async def handed_over(desk: Both, address: Address) -> Posted:
    """The contact at this address has come to a person; the first message of the agents' thread."""
    before = len(roots(desk))
    for number, words in enumerate(("open the vault", "4711")):
        message = Message(event_id=f"{address.conversation_id}/{number}", address=address, text=words)
        await desk.house.intake.accept(message)
        await desk.asked(address)
    await desk.until(lambda: len(roots(desk)) > before)
    return roots(desk)[-1]


def roots(desk: Both) -> list[Posted]:
    return [one for one in desk.slack.in_channel("C9") if one.user == BOT and not one.thread_ts]


def thread(desk: Both, root: Posted) -> list[Posted]:
    return [one for one in desk.slack.in_channel("C9") if (one.thread_ts, one.user) == (root.ts, BOT)]


async def agent_says(desk: Both, root: Posted, text: str, *files: dict[str, Any], user: str = "UGRACE") -> None:
    more = {"subtype": "file_share", "files": list(files)} if files else {}
    await desk.slack.says(user, text, "C9", thread_ts=root.ts, **more)


def on_the_web() -> Address:
    return Address(channel="webchat", sender=f"v{next(_people):05}-of-a-long-random-name")


async def replies(desk: Both, address: Address) -> list[dict[str, Any]]:
    found = await desk.house.intake.replies_after(address.conversation_id, 0)
    return [one.reply.model_dump(exclude_defaults=True) for one in found if one.reply.author == "agent"]


async def test_a_web_visitor_gets_a_link_of_the_desks_that_opens_for_whoever_has_it(there: Both) -> None:
    address = on_the_web()
    root = await handed_over(there, address)
    assert root.text.startswith(f"URGENT: Contact {address.sender[:6]} · webchat · pin_given")
    file = there.slack.put("Der Vertrag.pdf", PDF, there.slack.base)
    await agent_says(there, root, "Here it *is*, <@UADA> says: <https://example.com/help|our help>.", file, file)
    (said,) = await replies(there, address)
    assert said["text"] == "Here it **is**, uada says: [our help](https://example.com/help)."
    link = said["files"][0]
    assert link.startswith("/slack/files/")
    assert link.endswith("/Der%20Vertrag.pdf")
    assert len(said["files"]) == 2
    got = await there.desk.anybody.get(link)
    assert (got.status_code, got.content) == (200, PDF)
    assert got.headers["content-disposition"] == "attachment; filename*=UTF-8''Der%20Vertrag.pdf"
    assert (await there.desk.anybody.get(link.replace("/files/", "/files/x"))).status_code == 404
    facts = await there.house.people.facts_after(address.conversation_id, 0)
    assert [fact.data["files"] for fact in facts if fact.type == "AgentReplied"] == [[link, link]]
    assert await there.column("SELECT claimed_by FROM handoff ORDER BY requested_at DESC LIMIT 1") == [
        "slack:T1:UGRACE"
    ]


async def test_a_file_alone_reaches_a_contact_on_telegram_as_a_document(there: Both) -> None:
    person = 70_000 + next(_people)
    assert there.telegram is not None
    root = await handed_over(there, Address(channel="telegram", account="4242", sender=str(person)))
    await agent_says(there, root, "", there.slack.put("bill.pdf", PDF, there.slack.base))
    telegram = there.telegram

    def documents() -> list[Any]:
        return [one["document"] for one in telegram.messages.get(person, ()) if "document" in one]

    await there.until(lambda: bool(documents()))
    assert documents()[0]["file_name"] == "bill.pdf"


async def test_a_contact_on_slack_gets_it_uploaded(there: Both) -> None:
    root = await handed_over(there, Address(channel="slack", account="T1", sender="U7"))
    await agent_says(there, root, "Your bill:", there.slack.put("bill.pdf", PDF, there.slack.base))
    await there.until(lambda: any(one.files for one in there.slack.in_channel("D7")))
    *_, words, file = there.slack.in_channel("D7")
    assert (words.text, file.files[0].name, file.files[0].content) == ("Your bill:", "bill.pdf", PDF)


async def test_what_cannot_be_passed_on_the_agent_hears_of(there: Both) -> None:
    """Too large, deleted; what lies elsewhere is passed on as its address."""
    address = on_the_web()
    root = await handed_over(there, address)
    large = there.slack.put("film.mp4", PDF, there.slack.base) | {"size": 20_000_001}
    gone = {"id": "F0", "name": "gone.pdf", "mode": "tombstone"}
    drive = {"id": "F00", "name": "drive", "is_external": True, "url_private": "https://drive.example.com/1"}
    await agent_says(there, root, "", large, gone, user="UBIG")
    await there.until(lambda: bool(there.slack.notices("UBIG")))
    assert "film.mp4, gone.pdf" in there.slack.notices("UBIG")[0]
    await agent_says(there, root, "This one", drive)
    assert await replies(there, address) == [
        {"text": "This one", "files": ("https://drive.example.com/1",), "author": "agent"}
    ]


async def test_without_the_scope_nobody_gets_slacks_login_page(there: Both) -> None:
    address = on_the_web()
    root = await handed_over(there, address)
    await agent_says(there, root, "", there.slack.put("bill.pdf", PDF, there.slack.base))
    (said,) = await replies(there, address)
    there.slack.hands_out = False
    try:
        assert (await there.desk.anybody.get(said["files"][0])).status_code == 404
        slow = await handed_over(there, Address(channel="slack", account="T1", sender="U8"))
        await agent_says(there, slow, "", there.slack.put("bill.pdf", PDF, there.slack.base))
        # Nobody is led nowhere by a link of the desk's: the name tells at least what was meant.
        await there.until(lambda: "bill.pdf" in there.slack.told("D8"))
    finally:
        there.slack.hands_out = True


async def test_a_contacts_file_comes_into_the_agents_thread(there: Both) -> None:
    """Whoever works in Slack cannot open an address of the desk's: it is brought to them."""
    address = Address(channel="slack", account="T1", sender="U9")
    root = await handed_over(there, address)
    file = there.slack.put("photo.png", b"png", there.slack.base, "image/png")
    await there.slack.says("U9", "Look at this", subtype="file_share", files=[file])
    await there.until(lambda: len(thread(there, root)) == 2)
    line, brought = thread(there, root)
    assert line.text == "*Contact:* Look at this\n📎 photo.png"
    assert [(one.name, one.content) for one in brought.files] == [("photo.png", b"png")]


async def test_a_word_to_the_app_and_a_change_are_not_for_the_contact(there: Both) -> None:
    """What was sent stays sent, and the agent hears so; an unfurled link is no change."""
    address = on_the_web()
    root = await handed_over(there, address)
    event = {"user": "UADA", "channel": "C9", "thread_ts": root.ts, "text": f"<@{BOT}> resolve this", "ts": "91.1"}
    await asyncio.gather(
        there.slack.event({**event, "type": "app_mention"}), there.slack.event({**event, "type": "message"})
    )
    await there.until(lambda: len(there.slack.notices("UADA")) == 1)
    said = {"user": "UADA", "text": "Hello Bob, https://example.com", "ts": "91.2", "thread_ts": root.ts}
    await there.slack.event({"type": "message", "channel": "C9", **said})
    changed = {"type": "message", "subtype": "message_changed", "channel": "C9", "ts": "91.3", "previous_message": said}
    await there.slack.event({**changed, "message": {**said, "attachments": [{"title": "unfurled"}]}})
    await there.slack.event({**changed, "message": {**said, "text": "Hello Bill"}})
    deleted = {"type": "message", "subtype": "message_deleted", "channel": "C9", "ts": "91.4", "deleted_ts": "91.2"}
    await there.slack.event({**deleted, "previous_message": said})
    await there.until(lambda: len(there.slack.notices("UADA")) == 3)
    assert [one["text"] for one in await replies(there, address)] == ["Hello Bob, https://example.com"]
    assert len(thread(there, root)) == 0
    assert "resolve" not in json.dumps(await there.column("SELECT payload FROM inbox"))


def test_files_say_where_they_lie() -> None:
    hosted = {
        "id": "F1",
        "name": "a/b\0.pdf",
        "url_private": "https://files.slack.com/x",
        "size": 5,
        "mimetype": "application/pdf",
    }
    elsewhere = {"id": "F2", "title": "Plan", "mode": "external", "url_private": "https://drive.example.com/1"}
    shared = {"id": "F3", "file_access": "check_file_info"}
    gone = {"id": "F4", "mode": "tombstone"}
    assert files_of({"files": [hosted, elsewhere, shared, gone, "x"]}) == (
        FileRef(name="a/b.pdf", url="slack:F1", media_type="application/pdf", size=5),
        FileRef(name="Plan", url="https://drive.example.com/1"),
        FileRef(name="file", url="slack:F3"),
        FileRef(name="file"),
    )


async def test_a_file_that_cannot_be_had_for_long_does_not_hold_up_the_thread(
    there: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried a few times; it is named, and the contact's next words come."""
    monkeypatch.setattr(agent_threads, "PAUSE_SECONDS", 0.0)
    address = Address(channel="slack", account="T1", sender="U10")
    root = await handed_over(there, address)
    there.slack.behave("internal_error", times=MOST_TRIES, method="files.info")
    file = there.slack.put("photo.png", b"png", there.slack.base, "image/png")
    await there.slack.says("U10", "", subtype="file_share", files=[file])
    await there.until(lambda: bool(thread(there, root)))
    await there.slack.says("U10", "are you there?")
    await there.until(lambda: len(thread(there, root)) == 2)
    assert [one.text for one in thread(there, root)] == ["*Contact:* 📎 photo.png", "*Contact:* are you there?"]
