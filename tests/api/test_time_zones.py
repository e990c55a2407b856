""" "At nine" is nine o'clock where the contact's clock hangs."""

from collections.abc import AsyncIterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.model.base import Json
from bot.store import instances
from tests.api.desks import Desk, a_desk, until

FLOWS = """
    flows:
      meet:
        description: A meeting.
        triggers: [{intent: meet}]
        steps:
          - {collect: at, ask: When?}
          - {collect: sure, ask: Sure?}
          - say: Noted.
    slots: {at: {type: datetime}, sure: {type: boolean}}
    settings: {timezone: Europe/Berlin}
    nlu: [{intent: meet, examples: [let us meet]}]
"""


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path_factory.mktemp("zones"), "", FLOWS) as opened:
        yield opened


async def moment(desk: Desk, conversation: str) -> Json:
    async def is_there() -> bool:
        found = await desk.house.database.read(lambda c: instances.find(c, conversation))
        return found is not None and "at" in found.state.slots

    await until(is_there)
    found = await desk.house.database.read(lambda c: instances.find(c, conversation))
    assert found is not None
    return found.state.slots["at"]


def nine_in(zone: str, said: Json) -> bool:
    when = datetime.fromisoformat(str(said))
    return (when.hour, when.utcoffset()) == (9, when.astimezone(ZoneInfo(zone)).utcoffset())


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        ("America/New_York", "America/New_York"),
        ("Asia/Tokyo", "Asia/Tokyo"),
        (None, "Europe/Berlin"),
        ("Mars/Olympus", "Europe/Berlin"),
        ("../../etc/passwd", "Europe/Berlin"),
        (7, "Europe/Berlin"),
    ],
)
async def test_the_rest_channel_takes_it_from_the_metadata(house: Desk, named: Json, meant: str) -> None:
    sender = f"rest-{named}"
    for text in ("/meet", "tomorrow at 9 am"):
        body = {"sender": sender, "message": text, "metadata": {"timezone": named}}
        assert (await house.anybody.post("/webhooks/rest/webhook", json=body)).status_code == 200
    assert nine_in(meant, await moment(house, house.conversation(sender)))


async def test_the_web_chat_tells_where_the_browser_is(house: Desk) -> None:
    visitor = (await house.anybody.post("/webchat/visitors", json={})).json()
    headers = {"authorization": f"Bearer {visitor['token']}"}
    admin = await house.as_role("admin")

    async def is_asked() -> bool:
        listed = (await admin.get("/api/v1/conversations", params={"channel": "webchat"})).json()["items"]
        return any(one["flow"] == "meet" for one in listed)

    for number, text in enumerate(("let us meet", "tomorrow at 9 am")):
        body = {"text": text, "client_msg_id": f"zone-test-{number}", "timezone": "America/New_York"}
        answer = await house.anybody.post("/webchat/messages", json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        await until(is_asked)
    listed = (await admin.get("/api/v1/conversations", params={"channel": "webchat"})).json()["items"]
    assert nine_in("America/New_York", await moment(house, listed[0]["id"]))
