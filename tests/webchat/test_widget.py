"""The chat on a page of another site, in a real browser: what people do with it, and what they cannot do to it."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from fastapi import FastAPI, Response
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from bot.model.message import Reply
from bot.model.response import Button
from bot.store import outbox
from channels.webchat.pages import SCRIPTS, STATIC
from tests.api.desks import a_desk, served
from tests.webchat.browsing import (
    HOURS,
    a_browser_context,
    conversation_of,
    kept,
    only_harmless_nodes,
    shown,
    write,
)
from tests.webchat.hostile import lines
from tests.webchat.test_files import PNG
from tests.webchat.visitors import IDENTITY_SECRET, Served, identity

pytestmark = pytest.mark.browser
SITE = """<!doctype html><html lang="{lang}" dir="{dir}"><head><meta charset="utf-8"><title>A shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script src="{desk}/webchat/widget.js" async></script></head><body>
<main><h1>A shop</h1><p>Things to buy.</p></main><frontdesk-chat {attributes}></frontdesk-chat></body></html>"""
POLICY = (
    "default-src 'none'; script-src {desk}; connect-src {desk}; img-src {desk}; style-src 'none'; trusted-types 'none'"
)


@dataclass
class Shop:
    """A site of its own origin, with a policy that allows the desk's scripts and connections and nothing else."""

    url: str = ""
    desk: str = ""

    def page(self, lang: str = "en", dir: str = "ltr", attributes: str = "") -> Response:  # noqa: A002  as in HTML
        html = SITE.format(desk=self.desk, lang=lang, dir=dir, attributes=attributes)
        return Response(
            html, media_type="text/html", headers={"content-security-policy": POLICY.format(desk=self.desk)}
        )


@pytest.fixture(scope="module")
async def shop() -> AsyncIterator[Shop]:
    shop, site = Shop(), FastAPI()
    site.add_api_route("/", shop.page)
    async with served(site) as url:
        shop.url = url
        yield shop


@pytest.fixture(scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, shop: Shop) -> AsyncIterator[Served]:
    async with (
        a_desk(
            tmp_path_factory.mktemp("desk"),
            "",
            messages_per_minute=600,
            webchat_per_minute=100_000,
            webchat_origins=(shop.url,),
            webchat_identity_secret=IDENTITY_SECRET,
            webchat_file_bytes=200_000,
        ) as desk,
        served(desk.app) as url,
    ):
        shop.desk = url
        yield Served(desk, url)


@pytest.fixture
async def context(browser: Browser, web: Served, shop: Shop) -> AsyncIterator[BrowserContext]:
    async with a_browser_context(browser, shop.url) as context:
        yield context


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    return await opened(context)


async def opened(context: BrowserContext, query: str = "") -> Page:
    """A page of the shop whose chat was opened."""
    page = await context.new_page()
    await page.goto(f"/?{query}")
    await page.locator(".launcher").click()
    await expect(page.locator("#log")).not_to_have_attribute("aria-busy", "true")
    return page


async def say_as_agent(web: Served, shop: Shop, page: Page, reply: Reply) -> str:
    conversation = await conversation_of(web, page, shop.url)
    await web.desk.house.people.reply(conversation, "Anna", reply)
    return conversation


async def violations(page: Page) -> list[str]:
    """What axe-core finds, run as a tool would, past the page's policy."""
    session = await page.context.new_cdp_session(page)
    source = await asyncio.to_thread(Path(AXE_FILE_PATH).read_text)
    await session.send("Runtime.evaluate", {"expression": source})
    told = "v.id + ': ' + v.nodes.map((n) => n.html + ' ' + n.failureSummary)"
    run = f"axe.run().then((found) => JSON.stringify(found.violations.map((v) => {told})))"
    answer = await session.send("Runtime.evaluate", {"expression": run, "awaitPromise": True, "returnByValue": True})
    found: list[str] = json.loads(answer["result"]["value"])
    return found


def test_all_that_a_page_loads_is_below_25_kilobytes() -> None:
    sizes = {name: len(gzip.compress((STATIC / name).read_bytes(), mtime=0)) for name in SCRIPTS}
    assert sum(sizes.values()) < 25_000, sizes


async def test_a_visitor_of_a_site_with_a_strict_policy_chats(page: Page, shop: Shop, web: Served) -> None:
    assert shop.url != web.url
    await write(page, "/hours")
    await expect(page.locator("article.bot .bubble")).to_have_text(HOURS)
    button = page.get_by_role("button", name="And on Sundays?")
    await button.click()
    await expect(page.locator("article.bot .bubble").nth(1)).to_have_text("Closed on Sundays.")
    await expect(button).to_be_disabled()


async def test_the_conversation_is_there_on_the_next_page_and_says_what_is_new(
    page: Page, web: Served, shop: Shop
) -> None:
    await write(page, "/hours")
    await expect(page.locator("article.bot .bubble")).to_have_text(HOURS)
    await page.reload()
    await expect(page.locator(".badge")).to_be_hidden()
    await say_as_agent(web, shop, page, Reply(text="One more thing."))
    await expect(page.get_by_role("button", name="Open the chat, 1 new message")).to_be_visible()
    await page.locator(".launcher").click()
    assert await shown(page) == ["/hours", HOURS, "One more thing."]
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Open the chat", exact=True)).to_be_focused()


async def test_offline_and_back(context: BrowserContext, page: Page, web: Served, shop: Shop) -> None:
    await write(page, "/hours")
    await expect(page.locator("article.bot .bubble")).to_have_text(HOURS)
    conversation = await conversation_of(web, page, shop.url)
    await context.set_offline(True)
    await expect(page.locator("#status")).to_contain_text("No connection")
    await write(page, "/sundays")
    await expect(page.locator("article.mine.waiting")).to_be_visible()
    await web.desk.house.people.reply(conversation, "Anna", Reply(text="Meanwhile."))
    await context.set_offline(False)
    await expect(page.locator("article.agent .bubble")).to_have_text("Meanwhile.")
    await expect(page.locator("article.mine.waiting")).to_have_count(0)
    await expect(page.locator("#status")).to_have_text("")


async def test_handover_says_the_place_in_the_queue_and_who_has_come(page: Page, web: Served, shop: Shop) -> None:
    await write(page, "can I talk to a human please")
    await expect(page.locator("#standing")).to_contain_text("A colleague has been asked. You are next.")
    conversation = await conversation_of(web, page, shop.url)
    handoff = await web.desk.house.people.take_over(conversation, "Anna")
    await expect(page.locator("#standing")).to_have_text("You are talking to a colleague.")
    await web.desk.house.people.reply(conversation, "Anna", Reply(text="Hello, this is a **person**."))
    await expect(page.locator("article.agent .notice")).to_have_text("A colleague has taken over.")
    await expect(page.locator("article.agent strong")).to_have_text("person")
    async with asyncio.timeout(10):
        while not any(f.type == "ReplyRead" for f in await web.desk.house.people.facts_after(conversation, 0)):
            await asyncio.sleep(0.02)
    await web.desk.house.people.resolve(handoff.id, "Anna")
    await expect(page.locator("#standing")).to_have_text("")


async def test_a_file_is_sent_and_one_of_another_kind_is_refused(page: Page) -> None:
    chooser = page.locator("input[type=file]")
    await chooser.set_input_files({"name": "screen.png", "mimeType": "image/png", "buffer": PNG})
    link = page.locator("article.mine a")
    await expect(link).to_contain_text("screen.png")
    await expect(page.locator("article.mine.sent")).to_have_count(1)
    async with page.expect_download() as coming:
        await link.click()
    assert (await coming.value).suggested_filename == "screen.png"
    evil = {"name": "screen.png", "mimeType": "image/png", "buffer": b"<svg onload=alert(1)/>"}
    await chooser.set_input_files(evil)  # type: ignore[arg-type]
    await expect(page.get_by_role("alert")).to_contain_text("files of this kind are not accepted")
    await chooser.set_input_files({"name": "big.txt", "mimeType": "text/plain", "buffer": b"x" * 300_000})
    await expect(page.get_by_role("alert")).to_contain_text("big.txt is larger than")
    await expect(page.locator("article.mine")).to_have_count(1)


async def test_wb5_two_tabs_share_one_stream_and_one_conversation(
    context: BrowserContext, page: Page, web: Served, shop: Shop
) -> None:
    streams: list[str] = []
    context.on("request", lambda request: streams.append(request.url) if "/events" in request.url else None)
    other = await opened(context)
    await write(page, "/hours")
    await expect(other.locator("article.bot .bubble")).to_have_text(HOURS)
    await expect(other.locator("article.mine .bubble")).to_have_text("/hours")
    assert streams == [], "the first tab follows for both"
    await page.close()
    await say_as_agent(web, shop, other, Reply(text="To the tab that is left."))
    await expect(other.locator("article.agent .bubble")).to_have_text("To the tab that is left.")
    assert len(streams) == 1


async def test_wb1_a_line_that_drops_again_and_again_shows_everything_once_and_in_order(
    context: BrowserContext, web: Served, shop: Shop
) -> None:
    cuts = 0

    async def cut(route: Route) -> None:
        """Gives the first part of what the stream would, then breaks in the middle of an event."""
        nonlocal cuts
        cuts += 1
        poll = route.request.url.replace("/events", "/poll")
        answer = await context.request.get(poll, headers=await route.request.all_headers())
        replies = (await answer.json())["replies"]
        frames = "".join(f"id: {one['number']}\nevent: reply\ndata: {json.dumps(one)}\n\n" for one in replies)
        headers = {"content-type": "text/event-stream", "access-control-allow-origin": shop.url}
        await route.fulfill(body=frames[: len(frames) * 3 // 4] or ": here\n\n", headers=headers)

    await context.route("**/webchat/events*", cut)
    page = await opened(context)
    conversation, now = await conversation_of(web, page, shop.url), web.desk.house.clock.now()
    replies = [Reply(text=f"line {number}") for number in range(300)] + [Reply(text="the last")] * 3
    await write(page, "/hours")
    await expect(page.locator("article.mine.sent")).to_have_count(1)
    await web.desk.house.database.write(
        lambda c: outbox.add(c, conversation, "webchat", 9, replies, epoch=1, turn=None, delivered=True, now=now)
    )
    await expect(page.get_by_text("line 299", exact=True)).to_be_visible(timeout=60_000)
    said = [text for text in await shown(page) if text.startswith("line")]
    assert said == [f"line {number}" for number in range(300)]
    assert cuts > 3
    await context.unroute_all(behavior="wait")


async def test_where_no_stream_comes_through_replies_come_by_polling(context: BrowserContext) -> None:
    page = await context.new_page()
    await page.route("**/webchat/events*", lambda route: route.abort())
    await page.goto("/")
    await page.locator(".launcher").click()
    await write(page, "/hours")
    await expect(page.locator("article.bot .bubble")).to_have_text(HOURS, timeout=20_000)


@pytest.mark.parametrize("who", ["visitor", "agent"])
async def test_wb8_no_hostile_line_is_ever_run(page: Page, web: Served, shop: Shop, who: str) -> None:
    """More than 2,654 of them, as text, as titles and addresses of buttons, as pictures and as files."""
    ran: list[str] = []
    page.on("dialog", lambda dialog: ran.append(dialog.message))
    await write(page, "/hours")
    await expect(page.locator("article.bot .bubble")).to_have_text(HOURS)
    hostile = list(lines())
    assert len(set(hostile)) >= 2_654
    if who == "visitor":
        fields = {"after": 10**9, "at": "2026-01-01T00:00:00Z", "state": "sent"}
        sent = [{"id": f"h{n}", "text": line, "order": n, **fields} for n, line in enumerate(hostile)]
        name = (await kept(page, "visitor")).replace(":visitor", ":sent")
        await page.evaluate("([name, sent]) => localStorage.setItem(name, JSON.stringify(sent))", [name, sent])
        await page.reload()
    else:
        conversation, now = await conversation_of(web, page, shop.url), web.desk.house.clock.now()
        replies = [
            Reply(text=line, buttons=(Button(title=line, url=line),) if n % 3 else (Button(title=line, payload=line),),
                  image=line if n % 5 == 0 else None, files=(line,) if n % 7 == 0 else (), author="agent")
            for n, line in enumerate(hostile)
        ]  # fmt: skip
        await web.desk.house.database.write(
            lambda c: outbox.add(c, conversation, "webchat", 9, replies, epoch=1, turn=None, delivered=True, now=now)
        )
        await page.reload()
    articles = page.locator(f"article.{'mine' if who == 'visitor' else 'agent'}")
    await expect(articles).to_have_count(len(hostile), timeout=60_000)
    await only_harmless_nodes(page)
    assert ran == []


async def test_everything_can_be_done_with_the_keyboard_alone(context: BrowserContext) -> None:
    page = await context.new_page()
    await page.goto("/")
    await page.locator(".launcher").wait_for()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Open the chat")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Your message")).to_be_focused()
    await page.keyboard.type("/hours")
    await page.keyboard.press("Enter")
    button = page.get_by_role("button", name="And on Sundays?")
    await expect(button).to_be_visible()
    for _ in range(2):
        await page.keyboard.press("Shift+Tab")
    await expect(button).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("article.bot .bubble").nth(1)).to_have_text("Closed on Sundays.")
    await page.get_by_label("Your message").focus()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Open the chat")).to_be_focused()
    await expect(page.locator(".panel")).to_be_hidden()


LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "right to left": {"query": "dir=rtl"},
    "a phone": {"viewport": {"width": 360, "height": 640}, "has_touch": True},
    "a phone at night": {"viewport": {"width": 360, "height": 640}, "color_scheme": "dark"},
    "dark by the site": {"query": "attributes=theme%3Ddark"},
    "German": {"query": "lang=de-AT"},
}


@pytest.mark.parametrize("look", LOOKS)
async def test_axe_finds_nothing_wrong_however_it_looks(browser: Browser, web: Served, shop: Shop, look: str) -> None:
    options = dict(LOOKS[look])
    query = options.pop("query", "")
    async with a_browser_context(browser, shop.url, **options) as context:
        page = await opened(context, query)
        await page.locator("textarea").fill("/hours")
        await page.keyboard.press("Enter")
        await expect(page.locator("article.bot")).to_be_visible()
        text = "**Yes**, see https://example.com/:\n- one\n- two\n```\ncode\n```"
        reply = Reply(text=text, buttons=(Button(title="Good"), Button(title="More", url="https://example.com")))
        await say_as_agent(web, shop, page, reply)
        await expect(page.locator("article.agent li").nth(1)).to_be_visible()
        assert await violations(page) == []
        await expect(page.locator("#title")).to_have_text("Chat" if look == "German" else "Chat with us")
        panel, launcher = await page.locator(".panel").bounding_box(), page.locator(".launcher")
        assert panel is not None
        if "phone" in look:
            assert (panel["x"], panel["y"], panel["width"], panel["height"]) == (0, 0, 360, 640)
            await expect(launcher).to_be_hidden()
        if look == "right to left":
            assert panel["x"] < 40, "it stands on the left"
        dark = "dark" in look or "night" in look
        background = await page.locator(".panel").evaluate("(panel) => getComputedStyle(panel).backgroundColor")
        assert background == ("rgb(23, 30, 40)" if dark else "rgb(255, 255, 255)")


async def test_the_closed_chat_and_the_full_page_please_axe_too(browser: Browser, web: Served) -> None:
    async with a_browser_context(browser, web.url) as context:
        page = await context.new_page()
        for path in ("/webchat/demo", "/chat"):
            await page.goto(path)
            await page.locator(".launcher").wait_for(state="attached")
            assert await violations(page) == []


async def test_a_site_gives_it_its_own_colours(page: Page) -> None:
    await page.evaluate(
        "document.querySelector('frontdesk-chat').style.setProperty('--frontdesk-accent', 'rgb(1, 2, 3)')"
    )
    colour = await page.locator(".send").evaluate("(button) => getComputedStyle(button).backgroundColor")
    assert colour == "rgb(1, 2, 3)"


async def test_whom_the_site_knows_has_their_conversation_and_nobody_elses(context: BrowserContext) -> None:
    ada, ben = (f"attributes=identity%3D{identity(sub)}" for sub in ("w-1", "w-2"))
    page = await opened(context, ada)
    await write(page, "/hours")
    await expect(page.locator("article.bot .bubble")).to_have_text(HOURS)
    await page.close()
    other = await opened(context, ben)
    assert await shown(other) == []
    await other.close()
    again = await opened(context, ada)
    await expect(again.locator("article.bot .bubble")).to_have_text(HOURS)


async def test_an_identity_that_is_refused_says_so_and_tells_the_site(context: BrowserContext) -> None:
    page = await context.new_page()
    await page.goto("/")
    await page.locator(".launcher").click()
    told = page.evaluate(
        """(identity) => new Promise((done) => {
          document.addEventListener("frontdesk-identity-refused", () => done(true));
          document.querySelector("frontdesk-chat").identity = identity;
        })""",
        identity(exp=1),
    )
    assert await told is True
    await expect(page.locator("#status")).to_have_text("You are not logged in here any more. Load the page again.")
