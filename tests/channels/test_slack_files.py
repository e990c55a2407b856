"""Files of replies, on their way into Slack: uploaded, each once, and named where they cannot be had."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.edges.egress import GuardedEgress
from bot.model.message import Address, Reply
from bot.plugins.channels import Host
from bot.settings import Settings
from bot.store import instances, outbox
from bot.store.action_database import SqlActionDatabase
from bot.store.database import Database
from bot.testing.fake_slack import FakeSlack, Posted
from bot.testing.loopback import Asked, LoopbackServer
from bot.testing.recording_intake import RecordingIntake
from channels.at_work import AtWork
from channels.slack import CAPABILITIES
from channels.slack.sending import SlackChannel
from channels.slack.workspaces import Workspaces
from tests.channels.slack_desks import OnSlack, on_slack

pytestmark = pytest.mark.anyio
PDF = b"%PDF-1.7 " + b"x" * 5_000


async def shop(asked: Asked) -> AsyncIterator[bytes]:
    """A host with files."""
    found = {"/bills/a%20b.pdf": PDF, "/empty.txt": b"", "/huge.bin": b"0" * 20_000_001}.get(asked.path)
    if found is None:
        yield b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
        return
    yield b"HTTP/1.1 200 OK\r\ncontent-type: application/pdf\r\ncontent-length: %d\r\n\r\n" % len(found)
    yield found


@pytest.fixture(scope="module")
async def host() -> AsyncIterator[str]:
    async with LoopbackServer(shop, 0) as server:
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture(scope="module")
async def there(tmp_path_factory: pytest.TempPathFactory, host: str) -> AsyncIterator[OnSlack]:
    """One desk for all tests of this file: each has a contact of its own."""
    folder = tmp_path_factory.mktemp("desk")
    async with (
        FakeSlack(strict=False) as slack,
        on_slack(folder, "", slack, http_allow=(host.removeprefix("http://"),)) as desk,
    ):
        yield desk


async def say(there: OnSlack, address: Address, reply: Reply) -> None:
    """Put it into the outbox, as a flow does."""
    now = datetime.now(UTC)

    def work(c: object) -> None:
        epoch = instances.ensure_conversation(c, address, now)  # type: ignore[arg-type]
        outbox.add(
            c, address.conversation_id, "slack", 0, [reply], epoch=epoch, turn=None, delivered=False, now=now  # type: ignore[arg-type]
        )  # fmt: skip

    await there.house.database.write(work)
    there.house.signals.outbox.set()


def person(user: str, thread: str = "") -> Address:
    return Address(channel="slack", account="T1", sender=user, thread=thread)


def posted(there: OnSlack, channel: str) -> list[Posted]:
    return there.slack.in_channel(channel)


async def test_a_file_is_uploaded_behind_the_words(there: OnSlack, host: str) -> None:
    await say(there, person("U1"), Reply(text="Here it is.", files=(f"{host}/bills/a%20b.pdf",)))
    await there.until(lambda: len(posted(there, "D1")) == 2)
    words, file = posted(there, "D1")
    assert words.text == "Here it is."
    (uploaded,) = file.files
    assert (uploaded.name, uploaded.content) == ("a b.pdf", PDF)
    await there.quiet()
    assert "chat.postMessage" in [method for method, _, _ in there.slack.calls]


async def test_a_file_alone_reaches_a_thread_and_direct_messages(there: OnSlack, host: str) -> None:
    await say(there, person("U2", "C2:7.7"), Reply(files=(f"{host}/bills/a%20b.pdf",)))
    await say(there, person("U22"), Reply(files=(f"{host}/bills/a%20b.pdf",)))
    await there.until(lambda: bool(posted(there, "C2")) and bool(posted(there, "D22")))
    assert posted(there, "C2")[0].thread_ts == "7.7"
    assert posted(there, "D22")[0].files[0].content == PDF


@pytest.mark.parametrize("path", ["/nowhere.pdf", "/empty.txt", "/huge.bin"])
async def test_a_file_that_cannot_be_had_is_named(there: OnSlack, host: str, path: str) -> None:
    user = f"U3{len(path)}"
    await say(there, person(user), Reply(text="Here:", files=(f"{host}{path}",)))
    assert await there.said(2, f"D{user[1:]}") == ["Here:", f"{host}{path}"]


async def test_a_host_that_the_desk_may_not_ask_is_named_too(there: OnSlack) -> None:
    await say(there, person("U4"), Reply(text="Here:", files=("http://127.0.0.1:1/secret.pdf", "data/b.pdf")))
    assert await there.said(2, "D4") == ["Here:\ndata/b.pdf", "http://127.0.0.1:1/secret.pdf"]


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_an_app_that_may_not_upload_names_the_file_and_goes_on_talking(
    there: OnSlack, host: str, method: str
) -> None:
    """As after an update of the desk, before the app was installed again with its new scope."""
    user = "U5" if method.startswith("files.g") else "U55"
    there.slack.behave("missing_scope", method=method)
    await say(there, person(user), Reply(text="Here:", files=(f"{host}/bills/a%20b.pdf",)))
    await say(there, person(user), Reply(text="Anything else?"))
    assert await there.said(3, f"D{user[1:]}") == ["Here:", f"{host}/bills/a%20b.pdf", "Anything else?"]


async def test_a_pause_of_slacks_is_waited_for_and_nothing_comes_twice(there: OnSlack, host: str) -> None:
    there.slack.behave("429", seconds=1, method="files.completeUploadExternal")
    await say(there, person("U6"), Reply(text="Here:", files=(f"{host}/bills/a%20b.pdf",)))
    await there.until(lambda: len(posted(there, "D6")) == 2, 20)
    await there.quiet()
    assert [bool(one.files) for one in posted(there, "D6")] == [False, True]


async def test_a_file_whose_answer_was_lost_is_not_uploaded_again(there: OnSlack, host: str) -> None:
    """The connection broke after Slack had shown it: Slack is asked first."""
    there.slack.behave("lost", method="files.completeUploadExternal")
    await say(there, person("U7"), Reply(text="Here:", files=(f"{host}/bills/a%20b.pdf",)))
    await there.until_rows("SELECT count(*) FROM outbox WHERE problem LIKE 'may have arrived%'", 1)
    await there.house.database.write(lambda c: c.exec_driver_sql("UPDATE outbox SET not_before = NULL"))
    there.house.signals.outbox.set()
    await there.quiet()
    assert [bool(one.files) for one in posted(there, "D7")] == [False, True]


async def test_a_desk_that_died_behind_an_upload_finds_it_again(host: str, database_url: str) -> None:
    """Another process, which knows nothing but the tables, asks Slack; of half a reply it sends the other half."""
    database, egress = Database(database_url), GuardedEgress([host.removeprefix("http://")])
    reply = Reply(text="Two files:", files=(f"{host}/bills/a%20b.pdf", f"{host}/bills/a%20b.pdf"))
    async with FakeSlack(strict=False) as slack:
        workspaces = Workspaces("xoxb-desk", slack.api_url)

        def process() -> SlackChannel:
            intake, settings = RecordingIntake(), Settings(_env_file=None)
            host_ = Host(intake, intake, SqlActionDatabase(database), settings, "secret", fetch=egress)
            return SlackChannel("slack", CAPABILITIES, host_, workspaces, AtWork(intake, host_.clock))

        whole = Reply(text=reply.text, files=reply.files[:1])
        await process().send(person("U1"), whole, "key/1")
        assert await process().reconcile(person("U1"), whole, "key/1") is not None
        assert await process().reconcile(person("U1"), reply, "key/1") is None, "the second file is missing"
        later = process()
        assert await later.reconcile(person("U1"), reply, "key/1") is None
        await later.send(person("U1"), reply, "key/1")
        assert [bool(one.files) for one in slack.in_channel("D1")] == [False, True, True]
        assert await process().reconcile(person("U1"), reply, "key/1") is not None
        await workspaces.close()
    await egress.close()
    database.close()
