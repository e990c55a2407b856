"""What a contact answers to a sensitive question stays out of answers, logs, and in the end of the database itself."""

import itertools
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import Connection, select, table, text

from bot.store import instances
from tests.api.desks import Desk, a_desk

FLOWS = """
    flows:
      vault:
        description: Asks for something secret and does something with it.
        triggers: [{intent: vault}]
        steps:
          - collect: pin
            ask: Your PIN?
            rejections: [{if: "slots.pin == 'PIN-000000'", say: "{{ slots.pin }} is too easy."}]
          - id: ticket
            do: tickets.create
            with: {summary: "The vault", priority: normal}
          - id: worded
            ai: {prompt: "Say something about {{ slots.pin }}", offline: {value: Something.}}
          - say: "Noted, {{ slots.pin }}."
          - conditional:
              when:
                - condition: slots.agreed
                  steps: [{say: ok}]
              else:
                steps:
                  - collect: agreed
                    ask: "Shall I open it with {{ slots.pin }}?"
          - review: {title: "Open with {{ slots.pin }}?", show: {pin: "{{ slots.pin }}"}, on_reject: [{say: "No."}]}
          - say: "Opened."
      fail:
        description: A step that goes wrong, with a secret in its arguments.
        triggers: [{intent: fail}]
        steps:
          - {collect: pin, ask: Your PIN?}
          - id: comment
            do: tickets.comment
            with: {ticket_id: T-99999, text: "{{ slots.pin }}"}
      asks:
        description: Asks and goes on.
        triggers: [{intent: asks}]
        steps:
          - {collect: pin, ask: Your PIN?}
          - {id: ticket, do: tickets.create, with: {summary: A question, priority: normal}}
          - {collect: agreed, ask: Is that all?}
          - say: Thank you.
      person:
        description: A person, with a secret in the packet.
        triggers: [{intent: person}]
        steps:
          - {collect: pin, ask: Your PIN?}
          - handoff: {note: "The PIN is {{ slots.pin }}", reason: pin_given}
    slots:
      pin: {type: pattern, pattern: "PIN-[0-9]{6}", sensitive: true, prefill: true}
      agreed: {type: boolean}
    settings: {satisfaction: [resolved]}
    nlu:
      - {intent: vault, examples: [open the vault, "open the vault with my pin"]}
      - {intent: asks, examples: [ask me something]}
      - {intent: fail, examples: [make it fail]}
      - {intent: person, examples: [give me somebody]}
"""


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path_factory.mktemp("secrets"), "", FLOWS) as opened:
        yield opened


@pytest.fixture
async def lead(house: Desk) -> httpx.AsyncClient:
    return await house.as_role("admin", "Lea")


async def answers(desk: Desk, lead: httpx.AsyncClient, sender: str) -> str:
    """All that people and machines are shown of a conversation."""
    conversation = desk.conversation(sender)
    paths = [
        f"/api/v1/conversations/{conversation}", "/api/v1/conversations", "/api/v1/handoffs", "/api/v1/reviews",
        f"/api/v1/instances/{conversation}", "/api/v1/instances", "/metrics",
    ]  # fmt: skip
    return "\n".join([(await lead.get(path)).text for path in paths])


async def tables_with(desk: Desk, secret: str) -> set[str]:
    """The tables of the database that hold it anywhere."""

    def look(connection: Connection) -> set[str]:
        names = [row[0] for row in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))]
        return {
            name
            for name in names
            if secret in str(connection.execute(select(text("*")).select_from(table(name))).all())
        }

    return await desk.house.database.read(look)


async def under_way(desk: Desk, sender: str) -> str:
    """The state of a conversation, which is stored packed."""
    found = await desk.house.database.read(lambda c: instances.find(c, desk.conversation(sender)))
    assert found is not None
    return found.state.model_dump_json()


_numbers = itertools.count(1)
ALOUD = [["open the vault", "PIN-000000", "PIN-471183"], ["open the vault with my pin PIN-471183"]]
QUIET = [["make it fail", "PIN-471183"], ["give me somebody", "my pin is PIN-471183"], ["make it fail PIN-471183"]]


@pytest.mark.parametrize("lines", [*ALOUD, *QUIET], ids=lambda lines: lines[0])
async def test_nobody_else_reads_it_and_no_log_has_it(
    house: Desk, lead: httpx.AsyncClient, capfd: pytest.CaptureFixture[str], lines: list[str]
) -> None:
    """Also where the flow says it aloud, puts it to a reviewer or writes it down for a colleague."""
    sender = f"reader-{next(_numbers)}"
    for line in lines:
        await house.say(line, sender)
    if house.conversation(sender) in (await lead.get("/api/v1/reviews")).text:
        await house.say("yes", sender)
    shown = await answers(house, lead, sender)
    assert "MessageReceived" in shown
    assert "471183" not in shown
    assert "471183" not in "".join(capfd.readouterr())


async def test_the_contact_hears_their_own_words(house: Desk) -> None:
    await house.say("open the vault", "own")
    assert await house.say("PIN-982245", "own") == ["Noted, PIN-982245.", "Shall I open it with PIN-982245?"]


@pytest.mark.parametrize("lines", QUIET, ids=lambda lines: lines[0])
async def test_no_table_has_it_but_the_state_of_the_flow_that_needs_it(house: Desk, lines: list[str]) -> None:
    """The stored arrival loses its words with the segment that has read them; ledger and facts never had them."""
    secret = f"PIN-{300_000 + next(_numbers)}"
    sender = f"keeper-{next(_numbers)}"
    for line in lines:
        await house.say(line.replace("PIN-471183", secret), sender)
    assert await tables_with(house, secret) == set()
    assert secret in await under_way(house, sender)


async def test_with_the_flow_it_is_gone(house: Desk) -> None:
    await house.say("ask me something", "gone")
    await house.say("PIN-555013", "gone")
    assert "PIN-555013" in await under_way(house, "gone")
    assert await house.say("yes", "gone") == ["Thank you."]
    assert "PIN-555013" not in await under_way(house, "gone")
    assert await tables_with(house, "PIN-555013") == set()


async def test_the_score_stands_with_the_handoff_and_the_conversation(house: Desk, lead: httpx.AsyncClient) -> None:
    await house.say("/human_request", "scores")
    conversation = house.conversation("scores")
    handoff = (await lead.get(f"/api/v1/conversations/{conversation}")).json()["handoff"]["id"]
    for step in ("claim", "resolve"):
        assert (await lead.post(f"/api/v1/handoffs/{handoff}/{step}", json={})).status_code == 200
    assert (await lead.get(f"/api/v1/handoffs/{handoff}")).json()["satisfaction"] is None
    await house.say("2", "scores")
    await house.say("it took too long", "scores")
    shown = (await lead.get(f"/api/v1/handoffs/{handoff}")).json()
    assert (shown["satisfaction"]["score"], shown["satisfaction"]["comment"]) == (2, "it took too long")
    listed = (await lead.get("/api/v1/handoffs", params={"status": "resolved"})).json()["items"]
    assert [one["satisfaction"] for one in listed if one["id"] == handoff] == [shown["satisfaction"]]
    state = (await lead.get(f"/api/v1/conversations/{conversation}")).json()["state"]
    assert (state["satisfaction"]["score"], state["satisfaction"]["handoff"]) == (2, handoff)
