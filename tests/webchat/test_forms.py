"""Forms in the web chat: what the routes take, and what a visitor does with one in a real browser."""

import json
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from bot.store import instances
from tests.api.desks import a_desk, served
from tests.webchat.browsing import a_browser_context, conversation_of, write
from tests.webchat.test_widget import LOOKS, violations
from tests.webchat.visitors import Served, a_visitor, first
from tests.webchat.visitors import conversation_of as conversation_of_visitor

FLOWS = """
    flows:
      move:
        name: Where you live now
        description: The customer has moved.
        triggers: [{intent: move}]
        steps:
          - collect: [town, mail, size, agreed, pin]
            rejections:
              - {if: "slots.town == 'Atlantis'", say: "{{ slots.town }} has sunk."}
          - say: "Noted: {{ slots.town }}, {{ slots.mail }}, {{ slots.size }}."
    slots:
      town: {type: text}
      mail: {type: email}
      size: {type: choice, values: [{value: s, title: Small}, {value: l, title: Large}]}
      agreed: {type: boolean}
      pin: {type: pattern, pattern: "[0-9]{4}", sensitive: true}
    responses:
      utter_ask_town: [{text: Which town?, translation: {de: Welche Stadt?}}]
      utter_ask_mail: [{text: Which address?, translation: {de: Welche Adresse?}}]
      utter_hint_mail: [{text: We write there.}]
      utter_ask_size: [{text: Which size?, translation: {de: Welche Größe?}}]
      utter_ask_agreed: [{text: Agreed?}]
      utter_ask_pin: [{text: Your PIN?, translation: {de: Deine PIN?}}]
    nlu: [{intent: move, examples: [we have moved, our address has changed]}]
"""
GOOD = {"town": "Bonn", "mail": "a@b.example", "size": "l", "agreed": "yes", "pin": "4711"}


@pytest.fixture(scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """One desk for all tests of this file."""
    folder = tmp_path_factory.mktemp("desk")
    limits = {"messages_per_minute": 600, "webchat_per_minute": 100_000}
    async with a_desk(folder, "", FLOWS, **limits) as desk, served(desk.app) as url:
        yield Served(desk, url)


@pytest.fixture
async def page(browser: Browser, web: Served) -> AsyncIterator[Page]:
    async with a_browser_context(browser, web.url) as context:
        page = await context.new_page()
        await page.goto("/chat")
        await expect(page.locator("#log")).not_to_have_attribute("aria-busy", "true")
        await write(page, "/move")
        await expect(page.locator(".fields")).to_be_visible()
        yield page


async def fill(form: Locator, **fields: str) -> None:
    names = {"town": "Which town?", "mail": "Which address?", "pin": "Your PIN?"}
    for name, value in fields.items():
        await form.get_by_label(names[name]).fill(value)


async def fill_all(form: Locator, town: str = "Bonn", mail: str = "a@b.example") -> None:
    await fill(form, town=town, mail=mail, pin="4711")
    await form.get_by_label("Which size?").select_option("Large")
    await form.get_by_label("Yes").check()


# --- the routes ------------------------------------------------------------------------------------------------------


async def test_a_form_comes_with_its_reply_and_is_one_message_however_often_it_is_sent(web: Served) -> None:
    async with a_visitor(web.url) as visitor, visitor.stream() as frames:
        await visitor.say("/move")
        (asked,) = await first(frames)
        assert [field["slot"] for field in asked["form"]["fields"]] == list(GOOD)
        filled = {"form": {"id": asked["form"]["id"], "fields": GOOD}}
        answers = [await visitor.say("", "the-same-form", **filled) for _ in range(3)]
        assert [answer.json()["duplicate"] for answer in answers] == [False, True, True]
        (noted,) = await first(frames)
        assert noted["text"] == "Noted: Bonn, a@b.example, l."
        late = await visitor.say("", "another-one", form={"id": asked["form"]["id"], "fields": GOOD})
        assert late.status_code == 200
        assert (await first(frames))[0]["text"].startswith("That form is no longer open")
        conversation = conversation_of_visitor(web, visitor)
        instance = await web.desk.house.database.read(lambda c: instances.get(c, conversation))
        assert (instance.state.turn, instance.state.slots) == (3, {})
        assert "4711" not in instance.state_json


@pytest.mark.parametrize(
    "body",
    [
        {"form": {"id": "f", "fields": {}}, "text": "and this"},
        {"form": {"id": "", "fields": {}}},
        {"form": {"id": "f" * 65, "fields": {}}},
        {"form": {"id": "f", "fields": {"town": 7}}},
        {"form": {"id": "f", "fields": {"town": "x" * 4_001}}},
        {"form": {"id": "f", "fields": {f"field {number}": "x" for number in range(101)}}},
        {"form": {"id": "f"}},
    ],
)
async def test_a_form_that_does_not_fit_is_refused(web: Served, body: dict[str, object]) -> None:
    async with a_visitor(web.url) as visitor:
        answer = await visitor.http.post(
            "/webchat/messages", json={"client_msg_id": "12345678"} | body, headers=visitor.headers
        )
        assert answer.status_code == 422, answer.text


# --- in a browser ----------------------------------------------------------------------------------------------------


@pytest.mark.browser
async def test_a_visitor_fills_in_a_form_and_sees_what_was_sent_but_for_secrets(page: Page, web: Served) -> None:
    form = page.locator(".fields")
    assert await form.get_by_label("Your PIN?").get_attribute("type") == "password"
    await fill_all(form)
    await form.get_by_role("button", name="Send").click()
    await expect(page.locator("article.bot .bubble").nth(1)).to_have_text("Noted: Bonn, a@b.example, l.")
    said = await page.locator("article.mine .bubble").nth(1).inner_text()
    assert said.splitlines() == [
        "Which town? Bonn", "Which address? a@b.example", "Which size? Large", "Agreed? Yes", "Your PIN? •••",
    ]  # fmt: skip
    await expect(form.get_by_label("Which town?")).to_be_disabled()
    stored = await page.evaluate("() => JSON.stringify(localStorage)")
    assert "4711" not in stored, "what was sent is not kept in the browser"


@pytest.mark.browser
async def test_an_empty_field_is_named_before_anything_is_sent(page: Page) -> None:
    form = page.locator(".fields")
    await fill(form, town="Bonn")
    await page.keyboard.press("Enter")
    mail = form.get_by_label("Which address?")
    await expect(mail).to_be_focused()
    await expect(mail).to_have_accessible_description("We write there. Please fill this in.")
    await expect(page.locator("article.mine")).to_have_count(1)


@pytest.mark.browser
async def test_what_the_desk_refuses_stands_beside_its_field_and_the_rest_is_kept(page: Page) -> None:
    await fill_all(page.locator(".fields"), town="Atlantis", mail="nowhere@")
    await page.locator(".fields").get_by_role("button", name="Send").click()
    await expect(page.locator(".fields")).to_have_count(2)
    old, new = page.locator(".fields").nth(0), page.locator(".fields").nth(1)
    await expect(old.get_by_label("Which town?")).to_be_disabled()
    town = new.get_by_label("Which town?")
    await expect(town).to_be_focused()
    await expect(town).to_have_accessible_description("Atlantis has sunk.")
    await expect(town).to_have_value("Atlantis")
    await expect(new.get_by_label("Which size?")).to_have_value("l")
    await expect(new.get_by_label("Yes")).to_be_checked()
    await expect(new.get_by_label("Your PIN?")).to_have_value("")
    await fill(new, town="Bonn", mail="a@b.example", pin="4711")
    await new.get_by_role("button", name="Send").click()
    await expect(page.locator("article.bot .bubble").last).to_have_text("Noted: Bonn, a@b.example, l.")


@pytest.mark.browser
async def test_what_was_written_into_an_open_form_is_there_after_the_page_was_loaded_again(
    page: Page, web: Served
) -> None:
    await fill_all(page.locator(".fields"), town="Köln")
    await page.reload()
    form = page.locator(".fields")
    await expect(form.get_by_label("Which town?")).to_have_value("Köln")
    await expect(form.get_by_label("Yes")).to_be_checked()
    await expect(form.get_by_label("Your PIN?")).to_have_value("")
    await fill(form, pin="4711")
    await form.get_by_role("button", name="Send").click()
    await expect(page.locator("article.bot .bubble").last).to_have_text("Noted: Köln, a@b.example, l.")
    await page.reload()
    await expect(page.locator(".fields").get_by_label("Which town?")).to_be_disabled()
    conversation = await conversation_of(web, page)
    instance = await web.desk.house.database.read(lambda c: instances.get(c, conversation))
    assert instance.state.turn == 2


@pytest.mark.browser
async def test_whoever_writes_instead_is_asked_one_by_one_and_the_form_closes(page: Page) -> None:
    await write(page, "Bonn")
    await expect(page.locator("article.bot .bubble").nth(1)).to_have_text("Which address?")
    await expect(page.locator(".fields").get_by_label("Which town?")).to_be_disabled()
    await expect(page.locator(".fields")).to_have_count(1)


@pytest.mark.browser
async def test_a_form_is_filled_in_with_the_keyboard_alone(page: Page) -> None:
    await page.locator(".fields").get_by_label("Which town?").focus()
    for keys in ("Bonn", "a@b.example", "L"):
        await page.keyboard.type(keys)
        await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    await page.keyboard.type("4711")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Send").first).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("article.bot .bubble").nth(1)).to_have_text("Noted: Bonn, a@b.example, l.")


@pytest.mark.browser
@pytest.mark.parametrize("look", ["light", "a phone at night"])
async def test_axe_finds_nothing_wrong_with_a_form_whether_open_wrong_or_sent(
    browser: Browser, web: Served, look: str
) -> None:
    options = {name: value for name, value in LOOKS[look].items() if name != "query"}
    async with a_browser_context(browser, web.url, **options) as context:
        page = await context.new_page()
        await page.goto("/chat")
        await write(page, "/move")
        await expect(page.locator(".fields")).to_be_visible()
        await page.locator(".fields").get_by_role("button", name="Send").click()
        assert await violations(page) == [], "with empty fields"
        await fill_all(page.locator(".fields"), town="Atlantis")
        await page.locator(".fields").get_by_role("button", name="Send").click()
        await expect(page.locator(".fields")).to_have_count(2)
        assert await violations(page) == [], "sent, and shown again with what was wrong"


@pytest.mark.browser
async def test_two_tabs_show_the_same_form_and_one_answer_closes_both(page: Page) -> None:
    other = await page.context.new_page()
    await other.goto("/chat")
    await fill_all(page.locator(".fields"))
    await page.locator(".fields").get_by_role("button", name="Send").click()
    await expect(other.locator("article.bot .bubble").nth(1)).to_have_text("Noted: Bonn, a@b.example, l.")
    await expect(other.locator(".fields").get_by_label("Which town?")).to_be_disabled()
    assert "4711" not in json.dumps(await other.locator("#log").inner_text())
