"""Who may show the chat, who a visitor is, and what a site's word for them is worth."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from bot.api.problems import add_handlers
from bot.app import secret_of
from bot.errors import TooMany
from bot.plugins.channels import Host
from bot.settings import Settings
from bot.store import instances
from bot.testing.action_database import SqliteActionDatabase
from bot.testing.channel_contract import RecordingIntake
from channels.webchat import open_channel
from channels.webchat.limits import AddressLimits, network_of
from channels.webchat.visitors import Visitors
from tests.api.desks import client_of
from tests.webchat.visitors import Served, a_visitor, identity, token_of

SHOP = "https://shop.example.com"
STRANGERS = (
    "null",
    "https://evil.example.com",
    "https://shop.example.com.evil.com",
    "https://evil.com/https://shop.example.com",
    "http://shop.example.com",
    "https://shop.example.com:8443",
    "https://example.org",
    "https://evilexample.org",
    "https://a.example.org.evil.com",
    "https://SHOP.example.com",
    "file://",
)


async def arrive(web: Served, site: str = "", token: str = "", **body: Any) -> httpx.Response:
    headers = ({"origin": site} if site else {}) | ({"authorization": f"Bearer {token}"} if token else {})
    async with httpx.AsyncClient(base_url=web.url) as http:
        return await http.post("/webchat/visitors", headers=headers, json=body)


@pytest.mark.parametrize("origin", STRANGERS)
async def test_wb7_a_page_of_another_site_gets_nothing(web: Served, origin: str) -> None:
    """Neither a visitor, nor a word in, nor a stream; and no header that lets it read the refusal."""
    async with a_visitor(web.url) as visitor:
        headers = visitor.headers | {"origin": origin}
        body = {"text": "/hours", "client_msg_id": "12345678"}
        answers = [
            await visitor.http.post("/webchat/visitors", headers=headers),
            await visitor.http.post("/webchat/messages", headers=headers, json=body),
            await visitor.http.post("/webchat/files", headers=headers, content=b"hello"),
            await visitor.http.get("/webchat/events", headers=headers),
            await visitor.http.get("/webchat/poll", headers=headers),
            await visitor.http.get("/webchat/replies", headers=headers),
            await visitor.http.options("/webchat/messages", headers=headers),
        ]
        assert [answer.status_code for answer in answers] == [403] * len(answers)
        assert not any("access-control-allow-origin" in answer.headers for answer in answers)
        assert await visitor.replies() == []


@pytest.mark.parametrize("site", [SHOP, "https://a.example.org", "https://a.b.example.org"])
async def test_wb7_a_site_on_the_list_may_read_answers_and_refusals(web: Served, site: str) -> None:
    arrived = await arrive(web, site)
    assert (arrived.status_code, arrived.headers["access-control-allow-origin"]) == (201, site)
    assert "Origin" in arrived.headers["vary"]
    async with httpx.AsyncClient(base_url=web.url, headers={"origin": site}) as http:
        refused = await http.post("/webchat/messages", json={"text": "hi", "client_msg_id": "12345678"})
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, site)
        asked = await http.options("/webchat/messages")
        assert asked.status_code == 204
        assert "authorization" in asked.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in asked.headers


async def test_wb7_the_desks_own_pages_and_programs_need_no_list(web: Served) -> None:
    assert (await arrive(web, web.url)).status_code == 201
    assert (await arrive(web)).status_code == 201


async def test_wb7_there_is_no_web_socket_to_be_opened_from_anywhere(web: Served) -> None:
    """The stream is plain HTTP, and the check of origins covers all of it."""
    upgrade = {
        "connection": "upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "eA==",
    }
    async with httpx.AsyncClient(base_url=web.url) as http:
        assert (await http.get("/webchat/events", headers=upgrade)).is_client_error


@pytest.mark.parametrize("wrong", ["shop.example.com", "https://shop.example.com/", "*", "https://*", "HTTPS://A.COM"])
def test_an_origin_that_is_none_is_refused_at_the_start(wrong: str) -> None:
    with pytest.raises(ValidationError, match=r"write it as https://shop\.example\.com"):
        Settings(_env_file=None, webchat_origins=wrong)


# --- tokens ----------------------------------------------------------------------------------------------------------


async def test_wb6_a_token_opens_its_own_conversation_alone_and_on_its_own_site(web: Served) -> None:
    async with a_visitor(web.url) as ada, a_visitor(web.url) as ben:
        await ada.say("/hours")
        assert await ben.replies() == []
        for site in (SHOP, web.url):
            token = (await arrive(web, site)).json()["token"]
            headers = {
                "authorization": f"Bearer {token}",
                "origin": SHOP if site == web.url else "https://a.example.org",
            }
            assert (await ada.http.get("/webchat/replies", headers=headers)).status_code == 401


def test_wb6_a_token_ends_when_its_time_is_over() -> None:
    brief = Visitors("secret", known_for=timedelta(seconds=-1))
    with pytest.raises(Exception, match="valid visitor token"):
        brief.visitor_of(f"Bearer {token_of(brief)}")


async def test_a_visitor_who_comes_back_gets_a_fresh_token_and_stays_who_they_are(web: Served) -> None:
    async with a_visitor(web.url) as visitor:
        await visitor.say("/hours")
        fresh = (await arrive(web, token=visitor.token)).json()
        visitor.token = fresh["token"]
        assert fresh["expires_in"] == 90 * 24 * 3600
        poll = await visitor.http.get("/webchat/poll?wait=10", headers=visitor.headers)
        assert [reply["text"] for reply in poll.json()["replies"]] == ["We are open from 9 to 5."]


# --- identities ------------------------------------------------------------------------------------------------------


async def test_whom_a_site_vouches_for_is_a_contact_with_a_verified_name(web: Served) -> None:
    arrived = (await arrive(web, SHOP, identity=identity("u-7", aud=SHOP))).json()
    assert arrived["name"] == "Ada Ortiz"
    headers = {"authorization": f"Bearer {arrived['token']}", "origin": SHOP}
    async with httpx.AsyncClient(base_url=web.url, headers=headers) as http:
        await http.post("/webchat/messages", json={"text": "/hours", "client_msg_id": "12345678"})
        assert (await http.get("/webchat/poll?wait=10")).json()["replies"]
    who = Visitors(_secret(web)).visitor_of(headers["authorization"], SHOP)
    conversation = who.address("webchat").conversation_id
    instance = await web.desk.house.database.read(lambda c: instances.get(c, conversation))
    known = {"id": "u-7", "name": "Ada Ortiz", "email": "ada@example.com", "verified": True}
    assert instance.state.contact | known == instance.state.contact


def _secret(web: Served) -> str:
    return secret_of(web.desk.house.settings)


async def test_the_same_person_has_the_same_conversation_in_every_browser(web: Served) -> None:
    tokens = [(await arrive(web, identity=identity("u-8"))).json()["token"] for _ in range(2)]
    names = {Visitors(_secret(web)).visitor_of(f"Bearer {token}").name for token in tokens}
    assert names == {"user:u-8"}


BAD_IDENTITIES = {
    "another secret": identity(secret="of somebody else, who would like to be Ada"),
    "no algorithm": identity(alg="none"),
    "another algorithm": identity(alg="RS256"),
    "expired": identity(exp=1),
    "no end": identity(exp=None),
    "an end that is no number": identity(exp="tomorrow"),
    "too far away": identity(exp=4_000_000_000),
    "nobody": identity(sub=""),
    "a number": identity(sub=7),  # type: ignore[arg-type]
    "too long a name": identity(name="x" * 300),
    "a name with control characters": identity(name="Ada\x00"),
    "for another site": identity(aud="https://other.example.com"),
    "not signed": identity().rpartition(".")[0] + ".",
    "cut": identity()[:40],
    "garbage": "a.b.c",
    "no token": "hello",
    "not ASCII": "é.é.é",
}


@pytest.mark.parametrize("name", BAD_IDENTITIES)
async def test_an_identity_that_no_site_of_ours_has_made_is_refused(web: Served, name: str) -> None:
    answer = await arrive(web, identity=BAD_IDENTITIES[name])
    assert answer.status_code == 401
    assert "the identity is not accepted" in answer.json()["detail"]


async def test_a_changed_claim_breaks_the_signature(web: Served) -> None:
    """Nobody becomes somebody else with a token that was made for them."""
    header, _, signature = identity("u-1").split(".")
    claims = identity("u-2").split(".")[1]
    assert (await arrive(web, identity=f"{header}.{claims}.{signature}")).status_code == 401


async def test_an_identity_cannot_be_put_onto_somebody_elses_token(web: Served) -> None:
    token = (await arrive(web, identity=identity("u-1"))).json()["token"]
    assert (await arrive(web, token=token, identity=identity("u-2"))).status_code == 409
    assert (await arrive(web, token=token)).status_code == 401, "nor renewed without the site's word"
    assert (await arrive(web, token=token, identity=identity("u-1"))).status_code == 201


async def test_where_a_site_has_to_vouch_nobody_else_chats(tmp_path: Path) -> None:
    secrets = {"webchat_identity_secret": f"{'n' * 32}, {'o' * 32}", "webchat_identity_required": True}
    async with a_desk_alone(tmp_path, **secrets) as http:
        assert (await http.post("/webchat/visitors")).status_code == 401
        for secret in ("n" * 32, "o" * 32):
            answer = await http.post("/webchat/visitors", json={"identity": identity(secret=secret)})
            assert answer.status_code == 201, "the new secret counts, and the old one while it is being changed"


def a_desk_alone(folder: Path, **settings: Any) -> httpx.AsyncClient:
    """The channel alone, without the house behind it: who may come in is decided there."""
    intake = RecordingIntake()
    given = Settings(_env_file=None, data_dir=folder, **settings)
    app = FastAPI()
    app.include_router(open_channel(Host(intake, intake, SqliteActionDatabase(), given, "secret")).router)
    add_handlers(app)
    return client_of(app, {})


def test_a_short_identity_secret_is_refused_at_the_start() -> None:
    with pytest.raises(ValidationError, match="at least 32 characters"):
        Settings(_env_file=None, webchat_identity_secret="short")


# --- limits ----------------------------------------------------------------------------------------------------------


async def test_one_network_address_sends_so_much_and_no_more(tmp_path: Path) -> None:
    async with a_desk_alone(tmp_path, webchat_per_minute=10) as http:
        answers = [await http.post("/webchat/visitors") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [201, 201, 429]
        assert int(answers[-1].headers["retry-after"]) >= 1


def test_addresses_do_not_count_for_each_other_but_a_customers_network_of_ipv6_does() -> None:
    limits = AddressLimits(2)
    for address in ("192.0.2.1", "192.0.2.2", "2001:db8:1::1"):
        limits.take(address, 2)
    for address in ("192.0.2.1", "2001:db8:1::ffff"):
        with pytest.raises(TooMany):
            limits.take(address)
    limits.take("2001:db8:2::1")
    assert network_of("::ffff:192.0.2.1") == "192.0.2.1"
    assert network_of("no address") == "no address"
