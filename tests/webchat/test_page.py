"""The page at ``/`` in a real browser: one can chat on it, and nothing that is said can do more than be read."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from bot.model.message import Reply
from bot.model.response import Button
from channels.webchat.pages import preferred
from tests.webchat.browsing import (
    HOURS,
    a_browser_context,
    conversation_of,
    kept,
    only_harmless_nodes,
    shown,
    write,
)
from tests.webchat.visitors import Served

pytestmark = pytest.mark.browser
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<a href='javascript:alert(1)'>press</a>",
    "javascript:alert(1)",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "{{constructor.constructor('alert(1)')()}}",
    '"><script>alert(1)</script>',
    'https://example.com/"onmouseover=alert(1)//',
    "<style>@import 'https://evil.example'</style>",
    "</div></main><h1>Your account is blocked</h1>",
    "\u202etxt.exe",
)


@pytest.fixture
async def context(browser: Browser, web: Served) -> AsyncIterator[BrowserContext]:
    async with a_browser_context(browser, web.url) as context:
        yield context


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    page = await context.new_page()
    await page.goto("/")
    return page


async def test_a_visitor_chats(page: Page) -> None:
    await write(page, "when are you open")
    await expect(page.locator("article.bot .bubble")).to_have_text(HOURS)
    assert await shown(page) == ["when are you open", HOURS]
    await expect(page.get_by_label("Your message")).to_have_value("")
    await expect(page.get_by_label("Your message")).to_be_focused()


async def test_a_button_is_pressed_and_counts_once(page: Page) -> None:
    await write(page, "/hours")
    button = page.get_by_role("button", name="And on Sundays?")
    await button.click()
    await expect(page.locator("article.bot .bubble").nth(1)).to_have_text("Closed on Sundays.")
    await expect(button).to_be_disabled()
    assert await shown(page) == ["/hours", HOURS, "And on Sundays?", "Closed on Sundays."]


async def test_it_can_all_be_done_with_the_keyboard(page: Page) -> None:
    await page.get_by_label("Your message").focus()
    await page.keyboard.type("/hours")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.press("Backspace")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await expect(page.get_by_role("button", name="And on Sundays?")).to_be_visible()
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("article.bot .bubble").nth(1)).to_have_text("Closed on Sundays.")


async def test_after_a_reload_everything_still_stands_in_its_order(page: Page) -> None:
    for words, reply in (("/hours", HOURS), ("/sundays", "Closed on Sundays."), ("/order", "Which order?")):
        await write(page, words)
        await expect(page.locator("article.bot .bubble").last).to_have_text(reply)
    before = await shown(page)
    await page.reload()
    await expect(page.locator("article.bot .bubble")).to_have_count(3)
    assert await shown(page) == before
    await write(page, "1234")
    await expect(page.locator("article.bot .bubble").last).to_have_text("Order 1234 is on its way.")


async def test_an_agents_words_appear_by_themselves_and_say_that_a_colleague_is_there(web: Served, page: Page) -> None:
    await write(page, "/hours")
    await expect(page.locator("article.bot")).to_be_visible()
    conversation = await conversation_of(web, page)
    await web.desk.house.people.reply(conversation, "Anna", Reply(text="Hello, this is a person."))
    await expect(page.locator("article.agent .bubble")).to_have_text("Hello, this is a person.")
    await expect(page.locator(".notice")).to_have_text("A colleague has taken over.")
    sent = Reply(text="Still here.", files=("/slack/files/x.y/Der%20Vertrag.pdf",))
    await web.desk.house.people.reply(conversation, "Anna", sent)
    await expect(page.locator("article.agent .bubble")).to_have_count(2)
    file = page.get_by_role("link", name="Der Vertrag.pdf")
    assert await file.evaluate("link => link.href") == f"{web.url}/slack/files/x.y/Der%20Vertrag.pdf"
    await expect(page.locator(".notice")).to_have_count(1)
    handoff = await web.desk.house.people.take_over(conversation, "Anna")
    await web.desk.house.people.resolve(handoff.id, "Anna")
    await write(page, "/sundays")
    await expect(page.locator(".notice").last).to_have_text("You are talking to the assistant again.")


async def test_two_tabs_show_the_same(context: BrowserContext, page: Page, web: Served) -> None:
    other = await context.new_page()
    await other.goto("/")
    await write(page, "/hours")
    await expect(other.locator("article.bot .bubble")).to_have_text(HOURS)
    await write(other, "/sundays")
    await expect(page.locator("article.bot .bubble").last).to_have_text("Closed on Sundays.")
    assert await shown(page) == await shown(other) == ["/hours", HOURS, "/sundays", "Closed on Sundays."]
    await page.close()
    await web.desk.house.people.reply(await conversation_of(web, other), "Anna", Reply(text="To the tab that is left."))
    await expect(other.locator("article.agent .bubble")).to_have_text("To the tab that is left.")


async def test_ten_tabs_can_all_send(context: BrowserContext, page: Page) -> None:
    """A browser opens six connections to a host: tabs share one stream, else the seventh tab could not write."""
    tabs = [page] + [await context.new_page() for _ in range(9)]
    for tab in tabs[1:]:
        await tab.goto("/")
    await write(tabs[9], "/hours")
    for tab in tabs:
        await expect(tab.locator("article.bot .bubble")).to_have_text(HOURS)


@pytest.mark.parametrize("who", ["visitor", "agent"])
async def test_hostile_words_are_only_read(web: Served, page: Page, who: str) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    await write(page, "/hours")
    await expect(page.locator("article.bot")).to_be_visible()
    conversation = await conversation_of(web, page)
    for words in HOSTILE:
        if who == "visitor":
            await write(page, words)
        else:
            buttons = (Button(title=words, payload=words), Button(title=words, url="javascript:alert(1)"))
            reply = Reply(text=words, buttons=buttons, image=words, files=(words,))
            await web.desk.house.people.reply(conversation, "Anna", reply)
    await expect(page.locator(f"article.{'mine' if who == 'visitor' else 'agent'}")).to_have_count(
        len(HOSTILE) + (1 if who == "visitor" else 0)
    )
    for words in HOSTILE:
        assert words in "\n".join(await page.locator("#log .bubble").all_text_contents())
    await only_harmless_nodes(page)
    assert dialogs == []


async def test_links_in_replies_can_be_followed(web: Served, page: Page) -> None:
    await write(page, "/hours")
    await expect(page.locator("article.bot")).to_be_visible()
    text = "Set it here: https://example.com/reset?a=1&b=2. Thanks"
    reply = Reply(text=text, files=("https://example.com/bills/bill-7.pdf",), image="https://example.com/a.png")
    await web.desk.house.people.reply(await conversation_of(web, page), "Anna", reply)
    link = page.get_by_role("link", name="https://example.com/reset?a=1&b=2 (opens in a new window)")
    await expect(link).to_have_attribute("href", "https://example.com/reset?a=1&b=2")
    await expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    await expect(page.locator("article.agent .bubble")).to_contain_text(
        "Set it here: https://example.com/reset?a=1&b=2"
    )
    file = page.get_by_role("link", name="bill-7.pdf")
    await expect(file).to_have_attribute("href", "https://example.com/bills/bill-7.pdf")
    picture = page.get_by_role("link", name="Picture")
    await expect(picture).to_have_attribute("href", "https://example.com/a.png")


async def test_what_was_written_without_a_connection_is_sent_when_there_is_one(
    context: BrowserContext, page: Page
) -> None:
    await expect(page.locator("#log")).not_to_have_attribute("aria-busy", "true")
    await page.route("**/webchat/messages", lambda route: route.abort())
    await write(page, "/hours")
    await expect(page.locator("#status")).to_have_text("Connecting")
    await expect(page.locator("article.mine.waiting")).to_be_visible()
    await page.unroute("**/webchat/messages")
    await expect(page.locator("article.bot .bubble")).to_have_text(HOURS)
    await expect(page.locator("article.mine.waiting")).to_have_count(0)
    await expect(page.locator("#status")).to_have_text("")


async def test_what_was_on_its_way_when_the_page_was_closed_is_sent_once(page: Page, web: Served) -> None:
    await page.route("**/webchat/messages", lambda route: route.abort())
    await write(page, "/hours")
    await expect(page.locator("article.mine.waiting")).to_be_visible()
    await page.unroute("**/webchat/messages")
    await page.reload()
    await expect(page.locator("article.bot .bubble")).to_have_text(HOURS)
    assert await shown(page) == ["/hours", HOURS]


async def test_a_message_that_the_desk_refuses_says_why(page: Page) -> None:
    problem = '{"detail": "this is not allowed here"}'
    await page.route("**/webchat/messages", lambda route: route.fulfill(status=422, body=problem))
    await write(page, "/hours")
    await expect(page.get_by_role("button", name="Try again")).to_be_visible()
    await expect(page.locator(".problem")).to_contain_text("this is not allowed here")
    await page.unroute("**/webchat/messages")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator("article.bot .bubble")).to_have_text(HOURS)


async def test_a_visitor_whom_the_desk_does_not_know_any_more_begins_anew(page: Page) -> None:
    await write(page, "/hours")
    await expect(page.locator("article.bot")).to_be_visible()
    stranger = '{"token": "of-another-desk", "renew": 9e15}'
    await page.evaluate("([name, value]) => localStorage.setItem(name, value)", [await kept(page, "visitor"), stranger])
    await page.reload()
    await expect(page.locator("#log")).not_to_have_attribute("aria-busy", "true")
    await write(page, "/sundays")
    await expect(page.locator("article.bot .bubble")).to_have_text("Closed on Sundays.")


async def test_the_stream_comes_back_when_it_breaks(web: Served, page: Page) -> None:
    await write(page, "/hours")
    await expect(page.locator("article.bot")).to_be_visible()
    conversation = await conversation_of(web, page)
    signals = web.desk.house.signals
    signals.close()
    await asyncio.sleep(0)
    signals.is_closed = False
    await web.desk.house.people.reply(conversation, "Anna", Reply(text="After the break."))
    await expect(page.locator("article.agent .bubble")).to_have_text("After the break.")


async def test_it_says_what_it_is_to_those_who_cannot_see_it(page: Page) -> None:
    await write(page, "/hours")
    await expect(page.locator("article.bot")).to_be_visible()
    log = page.get_by_role("log", name="Conversation")
    await expect(log).to_have_attribute("aria-live", "polite")
    await expect(page.get_by_role("heading", name="Chat with us")).to_be_visible()
    await expect(page.get_by_role("status")).to_have_count(2)
    await expect(page.locator("article.bot .who")).to_contain_text("Assistant")
    await expect(page.locator("article.mine .who")).to_contain_text("You")
    assert await page.locator("html").get_attribute("lang") == "en"
    assert await page.locator("#log").get_attribute("aria-busy") is None


async def test_it_speaks_the_language_of_the_browser(browser: Browser, web: Served) -> None:
    async with a_browser_context(browser, web.url, locale="de-AT") as context:
        page = await context.new_page()
        await page.goto("/chat")
        await expect(page.get_by_label("Deine Nachricht")).to_be_visible()
        assert await page.locator("html").get_attribute("lang") == "de"


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("", "en"),
        ("de-DE,de;q=0.9,en;q=0.8", "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("fr,de;q=0.5,en;q=0.4", "de"),
        ("fr", "en"),
        ("en;q=0.1, DE;q=1", "de"),
        ("de;q=0, en;q=0.5", "en"),
        ("*;q=9999, de-;;q=,", "en"),
    ],
)
def test_the_page_comes_in_the_language_that_is_liked_best(wanted: str, language: str) -> None:
    assert preferred(wanted, ("en", "de")) == language


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_a_phone_and_can_be_read_by_day_and_night(browser: Browser, web: Served, scheme: str) -> None:
    context = await browser.new_context(
        base_url=web.url,
        viewport={"width": 360, "height": 640},
        color_scheme=scheme,
        has_touch=True,  # type: ignore[arg-type]
    )
    page = await context.new_page()
    await page.goto("/")
    await write(page, "a long word " + "x" * 300)
    await write(page, "/hours")
    await expect(page.locator("article.bot").last).to_be_visible()
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360
    box = await page.get_by_role("button", name="Send").bounding_box()
    assert box is not None
    assert box["height"] >= 44, "large enough for a thumb"
    assert box["y"] + box["height"] <= 640
    colours = await page.evaluate(CONTRASTS)
    assert min(colours.values()) >= 4.5, colours
    await context.close()


CONTRASTS = """
() => {
  const channel = (value) => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number);
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  };
  const behind = (element) => {
    for (; element; element = element.parentElement ?? element.getRootNode().host) {
      const colour = getComputedStyle(element).backgroundColor;
      if (!/rgba\\(.*, 0\\)|transparent/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const ratio = (selector) => {
    const element = document.querySelector("frontdesk-chat").shadowRoot.querySelector(selector);
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  const names = [".mine .bubble", ".bot .bubble", ".who", "h1", ".send", "textarea"];
  return Object.fromEntries(names.map((name) => [name, ratio(name)]));
}
"""
