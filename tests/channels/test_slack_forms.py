"""Forms in Slack: a button that opens a modal, and what becomes of what is sent in it."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.model.form import Form, FormField, Option
from bot.model.message import Reply
from bot.testing.fake_slack import FakeSlack, Posted
from bot.testing.fake_slack_rules import view_refusal_of
from channels.slack import preview
from channels.slack.forms import FormPlace, modal_of
from channels.slack.incoming import Place
from tests.channels.slack_desks import OnSlack, on_slack

pytestmark = pytest.mark.anyio
FLOWS = """
    flows:
      move:
        name: A change of address of the company's headquarters
        description: The customer has moved.
        triggers: [{intent: move}]
        steps:
          - collect: [town, mail, moved_on, size, pin]
            rejections:
              - {if: "slots.town == 'Atlantis'", say: "{{ slots.town }} has sunk."}
          - say: "Noted: {{ slots.town }}, {{ slots.mail }}, {{ slots.moved_on }}, {{ slots.size }}."
      hours:
        description: When we are open.
        triggers: [{intent: hours}]
        steps: [{say: "We are open from 9 to 5."}]
    slots:
      town: {type: text}
      mail: {type: email}
      moved_on: {type: date}
      size: {type: choice, values: [small, large]}
      pin: {type: pattern, pattern: "[0-9]{4}", sensitive: true}
    responses:
      utter_ask_town: [{text: Which town?, translation: {de: Welche Stadt?}}]
      utter_ask_mail: [{text: Which address?, translation: {de: Welche Adresse?}}]
      utter_ask_moved_on: [{text: Since when?, translation: {de: Seit wann?}}]
      utter_ask_size: [{text: Which size?, translation: {de: Welche Größe?}}]
      utter_ask_pin: [{text: Your PIN?, translation: {de: Deine PIN?}}]
    settings: {languages: [en, de]}
    nlu:
      - {intent: move, examples: [we have moved, our address has changed, new address]}
      - {intent: move, language: de, examples: [wir sind umgezogen, unsere Adresse hat sich geändert]}
      - {intent: hours, examples: [when are you open, opening hours, are you open today]}
"""
GOOD = {"town": "Bonn", "mail": "a@b.example", "moved_on": "2026-03-12", "size": "large", "pin": "4711"}
CLOSED = "That form is no longer open, so I haven't taken anything from it."


@pytest.fixture(scope="module")
async def there(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OnSlack]:
    """One desk for all tests of this file: each has a contact of its own."""
    folder = tmp_path_factory.mktemp("desk")
    async with FakeSlack(strict=False) as slack, on_slack(folder, "", slack, FLOWS) as desk:
        yield desk


async def asked(there: OnSlack, user: str, words: str = "we have moved") -> Posted:
    """The message with the button of a form that has just been begun."""
    channel = f"D{user[1:]}"
    before = len(there.slack.told(channel))
    await there.slack.says(user, words)
    await there.said(before + 1, channel)
    return there.slack.in_channel(channel)[-1]


async def opened(there: OnSlack, user: str, posted: Posted) -> dict[str, Any]:
    """The modal behind a button."""
    before = len(there.slack.views)
    assert (await there.slack.presses(user, posted)).status_code == 200
    await there.until(lambda: len(there.slack.views) > before)
    return there.slack.views[-1]


async def test_a_form_is_a_message_with_a_button_that_opens_a_modal(there: OnSlack) -> None:
    posted = await asked(there, "U1")
    assert "Which town?" in posted.text, "whoever would rather write knows what is asked first"
    view = await opened(there, "U1", posted)
    assert view["title"]["text"] == "A change of address of…"
    assert [(b["block_id"], b["label"]["text"], b["element"]["type"]) for b in view["blocks"]] == [
        ("town", "Which town?", "plain_text_input"),
        ("mail", "Which address?", "email_text_input"),
        ("moved_on", "Since when?", "datepicker"),
        ("size", "Which size?", "static_select"),
        ("pin", "Your PIN?", "plain_text_input"),
    ]


async def test_what_is_sent_in_it_is_acknowledged_stored_and_answered_once(there: OnSlack) -> None:
    posted = await asked(there, "U2")
    view = await opened(there, "U2", posted)
    answers = await asyncio.gather(*(there.slack.fills("U2", view, GOOD) for _ in range(3)))
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, "")}
    told = await there.said(2, "D2")
    assert told[1] == "Noted: Bonn, a@b.example, 2026-03-12, large."
    await there.quiet()
    assert len(there.slack.told("D2")) == 2
    await there.until(lambda: "actions" not in {block["type"] for block in posted.blocks})


async def test_sl19_what_is_wrong_stands_beside_its_field_in_time(there: OnSlack) -> None:
    """The type of a slot, its rejections and an empty field; nothing is said in the conversation meanwhile."""
    posted = await asked(there, "U3")
    view = await opened(there, "U3", posted)
    wrong = await there.slack.fills("U3", view, GOOD | {"town": "Atlantis", "mail": "nowhere@", "pin": ""})
    assert wrong.elapsed.total_seconds() < 3
    answer = wrong.json()
    assert answer["response_action"] == "errors"
    assert answer["errors"]["town"] == "Atlantis has sunk."
    assert set(answer["errors"]) == {"town", "mail", "pin"}
    await there.quiet()
    assert len(there.slack.told("D3")) == 1
    assert (await there.slack.fills("U3", view, GOOD)).text == ""
    assert (await there.said(2, "D3"))[1].startswith("Noted: Bonn")


async def test_refused_forms_count_and_after_three_a_person_comes(there: OnSlack) -> None:
    view = await opened(there, "U4", await asked(there, "U4"))
    for town in ("", "Atlantis"):
        assert (await there.slack.fills("U4", view, GOOD | {"town": town})).json()["response_action"] == "errors"
        await there.quiet()
    last = await there.slack.fills("U4", view, GOOD | {"mail": "nowhere"})
    assert (last.status_code, last.text) == (200, ""), "the desk answers, in the conversation"
    assert (await there.said(2, "D4"))[1].startswith("I've asked a colleague")


async def test_a_closed_modal_that_is_opened_again_has_kept_what_was_good(there: OnSlack) -> None:
    posted = await asked(there, "U5")
    await there.slack.fills("U5", await opened(there, "U5", posted), GOOD | {"mail": "nowhere"})
    await there.quiet()
    again = {block["block_id"]: block for block in (await opened(there, "U5", posted))["blocks"]}
    assert again["town"]["element"]["initial_value"] == "Bonn"
    assert again["moved_on"]["element"]["initial_date"] == "2026-03-12"
    assert again["size"]["element"]["initial_option"]["value"] == "large"
    assert "initial_value" not in again["pin"]["element"], "what is sensitive is never shown again"
    assert again["mail"]["hint"]["text"].startswith("⚠ ")


async def test_whoever_writes_instead_is_served_one_by_one_and_the_form_is_closed(there: OnSlack) -> None:
    posted = await asked(there, "U6")
    view = await opened(there, "U6", posted)
    await there.slack.says("U6", "Bonn")
    assert (await there.said(2, "D6"))[1] == "Which address?"
    await there.slack.presses("U6", posted)
    await there.until(lambda: there.slack.notices("U6") == [CLOSED])
    assert (await there.slack.fills("U6", view, GOOD)).text == ""
    assert (await there.said(4, "D6"))[2:] == [CLOSED, "Which address?"]
    await there.slack.says("U6", "c@d.example")
    assert (await there.said(5, "D6"))[4] == "Since when?"


async def test_a_click_that_comes_too_late_is_told_and_offers_the_form_again(there: OnSlack) -> None:
    posted = await asked(there, "U7")
    await there.slack.presses("U7", posted, trigger_id="long.gone")
    await there.until(lambda: bool(there.slack.notices("U7")))
    (notice,) = [one for one in there.slack.messages if one.only_for == "U7"]
    assert "press the button again" in notice.text
    view = await opened(there, "U7", notice)
    await there.slack.fills("U7", view, GOOD)
    assert (await there.said(2, "D7"))[1].startswith("Noted")


async def test_a_form_is_opened_by_nobody_but_whom_it_is_for(there: OnSlack) -> None:
    posted = await asked(there, "U8")
    before = len(there.slack.views)
    await there.slack.presses("U88", posted)
    await there.until(lambda: bool(there.slack.notices("U88")))
    assert len(there.slack.views) == before


async def test_a_form_and_the_notices_speak_the_contacts_language(there: OnSlack) -> None:
    posted = await asked(there, "U9", "wir sind umgezogen")
    view = await opened(there, "U9", posted)
    assert view["blocks"][0]["label"]["text"] == "Welche Stadt?"
    assert (view["submit"]["text"], view["close"]["text"]) == ("Senden", "Abbrechen")
    wrong = (await there.slack.fills("U9", view, GOOD | {"mail": "nirgends"})).json()
    assert "E-Mail" in wrong["errors"]["mail"]
    await there.slack.presses("U9", posted, trigger_id="long.gone")
    await there.until(lambda: any("drück noch einmal" in text for text in there.slack.notices("U9")))


async def test_what_is_sensitive_in_a_form_stands_in_no_record(there: OnSlack) -> None:
    view = await opened(there, "U10", await asked(there, "U10"))
    await there.slack.fills("U10", view, GOOD | {"pin": "8253"})
    await there.said(2, "D10")
    facts = await there.facts("U10")
    received = next(data for kind, data in facts if kind == "MessageReceived" and "Bonn" in data["text"])
    assert "Your PIN? •••" in received["text"]
    assert "8253" not in json.dumps(facts)


async def test_a_form_in_a_thread_of_a_channel_is_answered_there(there: OnSlack) -> None:
    first = await there.slack.says("U11", "<@UDESK> we have moved", "C11", type="app_mention")
    await there.said(1, "C11")
    view = await opened(there, "U11", there.slack.in_channel("C11")[-1])
    await there.slack.fills("U11", view, GOOD)
    await there.said(2, "C11")
    assert there.slack.in_channel("C11")[-1].thread_ts == first


def form_of(fields: tuple[FormField, ...], title: str = "t" * 80) -> Form:
    return Form(id="f", title=title, fields=fields, open="Fill in", send="s" * 80, cancel="c" * 80)


def test_a_modal_is_within_all_limits_of_slacks() -> None:
    """Long words, values that do not fit their input, more options than radio buttons take."""
    options = tuple(Option(value=f"v{number}", title=f"{number} " + "x" * 200) for number in range(100))
    long_values = (Option(value="v" * 200, title="A"), Option(value="w" * 200, title="B"))
    kinds = ("text", "email", "phone", "url", "integer", "number", "money", "date", "time", "datetime", "duration")
    fields = [
        FormField(slot=kind, label="l" * 5_000, type=kind, value="no " * 2_000, hint="h" * 5_000) for kind in kinds
    ]
    fields += [FormField(slot="choice", label="", type="choice", choices=options, value="v3", problem="p" * 5_000)]
    fields += [FormField(slot="long", label="Long", type="choice", choices=long_values)]
    fields += [FormField(slot=f"more{number}", label="More", type="text") for number in range(77)]
    place = FormPlace(Place("T1", "C1", "U1", "1.1"), "f_" + "0" * 24, "1.2", "\u00e4" * 5_000)
    view = modal_of(form_of(tuple(fields)), place)
    assert view_refusal_of(view) is None
    assert len(view["blocks"]) == 90
    written = preview(Reply(text="Fill it in", form=form_of(tuple(fields[-78:]))))
    assert "• A\n• B" in written[-1], "what cannot be chosen is named"
