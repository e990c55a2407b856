"""A visitor with a real browser: what tests of the page and of the embedded chat share."""

import contextlib
import json
from collections.abc import AsyncIterator

from playwright.async_api import Browser, BrowserContext, Page, expect

from bot.app import secret_of
from bot.model.message import Address
from channels.webchat.visitors import Visitors
from tests.webchat.visitors import Served

# For a machine that others use, too; nothing here is timed.
expect.set_options(timeout=20_000)
HOURS = "We are open from 9 to 5."


@contextlib.asynccontextmanager
async def a_browser_context(browser: Browser, url: str, **options: object) -> AsyncIterator[BrowserContext]:
    """A browser that never was here before. Whatever its pages complain about fails the test, but answers that the test
    itself has refused or broken off."""
    context = await browser.new_context(base_url=url, **{"locale": "en-GB", **options})  # type: ignore[arg-type]
    context.set_default_timeout(30_000)
    complaints: list[str] = []
    context.on("console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context
    await context.close()
    assert [line for line in complaints if not line.startswith("Failed to load resource")] == []


async def write(page: Page, words: str) -> None:
    await page.get_by_label("Your message").fill(words)
    await page.keyboard.press("Enter")


async def shown(page: Page) -> list[str]:
    """Everything that was said, in the order in which it stands on the page."""
    return await page.locator("#log .bubble").all_inner_texts()


async def kept(page: Page, key: str) -> str:
    """The name under which the page keeps something in this browser."""
    name = await page.evaluate("(key) => Object.keys(localStorage).find((name) => name.endsWith(':' + key))", key)
    assert isinstance(name, str), f"nothing is kept as {key}"
    return name


async def conversation_of(web: Served, page: Page, site: str = "") -> str:
    stored = json.loads(await page.evaluate("(name) => localStorage.getItem(name)", await kept(page, "visitor")))
    visitor = Visitors(secret_of(web.desk.house.settings)).visitor_of(f"Bearer {stored['token']}", site)
    return web.desk.house.intake.conversation_of(Address(channel="webchat", sender=visitor.name))


MADE = """
(root) => [...root.querySelectorAll('#log article *')].map(
  (made) => [made.localName, made.getAttributeNames().join(' '), made.href ?? '', made.src ?? ''])
"""
ELEMENTS = {
    "p", "time", "div", "button", "a", "img", "span", "strong", "em", "code", "pre", "ul", "ol", "li",
}  # fmt: skip
ATTRIBUTES = {
    "class",
    "datetime",
    "type",
    "disabled",
    "href",
    "target",
    "rel",
    "src",
    "alt",
    "dir",
    "tabindex",
    "start",
    "role",
}


async def only_harmless_nodes(page: Page) -> None:
    """Whatever was said, the conversation holds these elements with these attributes and addresses of the web."""
    made = await page.locator("frontdesk-chat").evaluate(f"(chat) => ({MADE})(chat.shadowRoot)")
    assert {name for name, _, _, _ in made} <= ELEMENTS
    assert {attribute for _, names, _, _ in made for attribute in names.split()} <= ATTRIBUTES
    assert all(not href or href.startswith(("http://", "https://", "mailto:", "tel:")) for _, _, href, _ in made)
    assert all(not source or source.startswith("http://127.0.0.1") for _, _, _, source in made)
