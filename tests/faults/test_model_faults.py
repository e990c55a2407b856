"""F8: models that refuse, hang, drip, break off and talk nonsense: every message is answered in time, and nobody else
notices."""

import asyncio
import random
import shutil
import time
from pathlib import Path

import httpx
import pytest

from bot.testing.fake_model_server import MODES, FakeModelServer
from tests.faults.contacts import STILL_WORKING, Contact
from tests.faults.crowds import Stream, a_client, percentile
from tests.faults.harness import FLOWS, Desk, a_site
from tests.faults.invariants import hold

DEADLINE_SECONDS = 6.0
"""Of a call; that of a turn is 8 seconds."""
TURN_SECONDS = 8.0
GRACE_SECONDS = 2.0
"""For a busy machine, between the end of a call and the reply that comes of it."""
ALWAYS = ("good", "hang", "drip", "drop")
SHORT = 6
"""Further modes of the short form, drawn by the seed."""
FITS = ("good", "slow", "invented_id", "calls")
"""What fills the schema, which asks for no id."""
STRANGE = "zzq blorf wibble number"
"""Words that the desk does not understand."""
FLOW = """
  think_{mode}:
    description: Asks a model that is in this state.
    triggers: [{{intent: think_{mode}}}]
    steps:
      - set: {{n: "{{{{ slots.n }}}}"}}
      - id: word
        ai:
          prompt: "Case {{{{ vars.n }}}}"
          model: "{provider}:fake-{mode}"
          schema: {{type: object, properties: {{word: {{enum: [thought]}}}}, required: [word]}}
          offline: {{value: {{word: offline}}}}
      - say: "Case {{{{ vars.n }}}} {{{{ steps.word.word }}}}"
"""

pytestmark = pytest.mark.faults


@pytest.mark.timeout(900)
@pytest.mark.parametrize("provider", ["anthropic", "openai"])
async def test_every_message_is_answered_within_the_deadline_and_others_are_undisturbed(
    tmp_path: Path, sqlite_url: str, full_faults: bool, fault_seed: int, provider: str
) -> None:
    chance = random.Random(f"{fault_seed} {provider}")
    rest = [mode for mode in MODES if mode not in ALWAYS]
    modes = MODES if full_faults else (*ALWAYS, *chance.sample(rest, SHORT))
    each, seconds, allowance = (5, 20.0, 0.1) if full_faults else (2, 3.0, 1.0)
    async with FakeModelServer() as model:
        settings = {
            f"{provider.upper()}_API_KEY": "fake",
            f"{provider.upper()}_BASE_URL": getattr(model, f"{provider}_url"),
            "FRONTDESK_MODEL_QUICK": f"{provider}:fake-hang",
            "FRONTDESK_MODEL_DEADLINE_SECONDS": str(DEADLINE_SECONDS),
        }
        async with a_site(tmp_path, sqlite_url, flows_for(tmp_path, provider, modes), **settings) as site:
            desk = site.desk()
            desk.start()
            await desk.until_ready()
            before = Stream(site, [desk], chance, "before", 10, 10.0, {"chat": 1})
            async with before.flowing():
                await asyncio.sleep(seconds)
            others = Stream(site, [desk], chance, "others", 10, 10.0, {"chat": 1})
            async with others.flowing(), a_client(site) as client, asyncio.TaskGroup() as group:
                for mode in modes:
                    for number in range(each):
                        pause = chance.uniform(0, seconds)
                        group.create_task(thinks(client, desk, mode, number, pause))
                for number in range(each * 3):
                    group.create_task(is_not_understood(client, desk, number))
            usual = percentile([line.answered_at - line.first_sent_at for line in before.lines], 0.95)
            now = percentile([line.answered_at - line.first_sent_at for line in others.lines], 0.95)
            assert now <= 1.2 * usual + allowance
            await hold(site, desk, [*before.everybody, *others.everybody])


def flows_for(folder: Path, provider: str, modes: tuple[str, ...]) -> Path:
    """The flows of the fault tests, and one for each state of a model."""
    flows = folder / "flows"
    shutil.copytree(FLOWS, flows)
    text = "flows:" + "".join(FLOW.format(mode=mode, provider=provider) for mode in modes)
    (flows / "models.yml").write_text(text)
    return flows


async def thinks(client: httpx.AsyncClient, desk: Desk, mode: str, number: int, pause: float) -> None:
    """After a pause, asked once, told something at once, and the answer within the deadline: the model's or offline."""
    await asyncio.sleep(pause)
    contact = Contact(f"{mode}-{number}", [desk], [])
    line = contact.line(f"think_{mode}")
    n, again, began = line.n, 0, time.monotonic()
    heard = await said(client, desk, contact.name, line.body["message"], line.message_id)
    while not (found := [text for text in heard if text.startswith(f"Case {n} ")]):
        assert heard[0] == STILL_WORKING, heard
        assert time.monotonic() - began < DEADLINE_SECONDS + GRACE_SECONDS, f"{mode}: no answer in time"
        await asyncio.sleep(0.5)
        again += 1
        heard += await said(client, desk, contact.name, "just a plain chat", f"{n}-{again}")
    assert found == [f"Case {n} {'thought' if mode in FITS else 'offline'}"], mode


async def is_not_understood(client: httpx.AsyncClient, desk: Desk, number: int) -> None:
    """Words that only a model could understand, which hangs: the desk goes on without it."""
    assert await said(client, desk, f"strange-{number}", f"{STRANGE} {number}", f"strange-{number}")


async def said(client: httpx.AsyncClient, desk: Desk, sender: str, text: str, message_id: str) -> list[str]:
    """The replies of one turn, which came within a turn's time."""
    began = time.monotonic()
    body = {"sender": sender, "message": text, "message_id": message_id}
    answer = await client.post(f"{desk.url}/webhooks/rest/webhook", json=body)
    assert answer.status_code == 200, answer.text
    took = time.monotonic() - began
    assert took <= TURN_SECONDS, f"{text!r} was answered after {took:.1f} s"
    replies = [str(reply["text"]) for reply in answer.json()]
    assert replies, f"{text!r} was not answered"
    return replies


@pytest.mark.parametrize(("point", "asked"), [("effect.call.after", 2), ("effect.finish.after", 1)])
async def test_what_a_model_has_answered_is_not_asked_again_after_a_crash(
    tmp_path: Path, sqlite_url: str, point: str, asked: int
) -> None:
    """Killed before the answer was written down, the desk asks once more; killed after it, it does not."""
    async with FakeModelServer() as model:
        settings = {"ANTHROPIC_API_KEY": "fake", "ANTHROPIC_BASE_URL": model.anthropic_url}
        flows = flows_for(tmp_path, "anthropic", ("good",))
        async with a_site(tmp_path, sqlite_url, flows, **settings) as site, a_client(site) as client:
            desk = site.desk()
            desk.start(FRONTDESK_KILL_AT=point)
            await desk.until_ready()
            contact = Contact("ada", [desk], [])
            line = contact.line("think_good")
            with pytest.raises(httpx.HTTPError):
                await said(client, desk, contact.name, line.body["message"], line.message_id)
            assert await desk.until_dead(10)
            desk.start()
            await desk.until_ready()
            heard = await said(client, desk, contact.name, line.body["message"], line.message_id)
            assert heard == [f"Case {line.n} thought"]
            assert [entry["model"] for entry in model.log] == ["fake-good"] * asked


async def test_a_message_that_a_model_read_before_a_crash_is_answered_once(tmp_path: Path, sqlite_url: str) -> None:
    """Read again with another outcome, it may: nothing had come of the first reading."""
    first = {"intent": "chat", "certainty": "sure", "other": "chat", "urgency": "low", "sentiment": "neutral"}
    async with FakeModelServer(replies={STRANGE: first}) as model:
        settings = {"ANTHROPIC_API_KEY": "fake", "ANTHROPIC_BASE_URL": model.anthropic_url}
        async with a_site(tmp_path, sqlite_url, **settings) as site, a_client(site) as client:
            desk = site.desk()
            desk.start(FRONTDESK_KILL_AT="segment.plain.commit.before")
            await desk.until_ready()
            with pytest.raises(httpx.HTTPError):
                await said(client, desk, "ada", f"{STRANGE} no7", "m1")
            assert await desk.until_dead(10)
            model.replies[STRANGE] = first | {"intent": "order"}
            desk.start()
            await desk.until_ready()
            heard = await said(client, desk, "ada", f"{STRANGE} no7", "m1")
            assert heard == ["Order no7 begins", "Order no7 done"]
            assert len({call["key"] for call in site.shop.effects}) == 3
            assert len(model.log) == 2
