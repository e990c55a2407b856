"""Repair: cancel, repeat, skip, begin anew, and the correction of an earlier answer, at any point of a flow."""

from pathlib import Path

import pytest

from bot.model.message import Address
from bot.store import instances
from tests.houses import a_house, say

FLOWS = """
    flows:
      book:
        name: A table
        description: Books a table.
        triggers: [{intent: book}]
        steps:
          - collect: plan
            ask: Which plan?
          - collect: email
            ask: Which e-mail address?
          - id: seen
            set: {label: "{{ slots.plan }} for {{ slots.email }}"}
          - conditional:
              when:
                - condition: slots.plan == 'pro'
                  steps: [{say: "Pro it is."}]
          - collect: sure
            ask: "{{ vars.label }}: shall I book it?"
          - id: ticket
            do: tickets.create
            with: {summary: "{{ vars.label }}", priority: normal}
          - collect: day
            ask: On which day?
          - say: "Booked {{ vars.label }} on {{ slots.day }}."
      hours:
        description: Opening hours.
        triggers: [{intent: hours}]
        steps: [{say: We are open from 9 to 5.}]
      survey:
        description: Asks what need not be answered.
        triggers: [{intent: survey}]
        steps:
          - collect: address
            ask: Your address?
            on_give_up: [{say: "Without an address, then."}]
          - say: Thank you.
    slots:
      plan: {type: choice, values: [free, pro]}
      email: {type: email}
      address: {type: email}
      sure: {type: boolean}
      day: {type: date}
    nlu:
      - {intent: book, examples: "- book a table"}
      - {intent: hours, examples: "- when are you open"}
      - {intent: survey, examples: "- ask me something"}
"""
BEGIN = ["/book", "free"]
DROPPED = "All right, I've dropped it."


async def talk(folder: Path, *texts: str) -> list[list[str]]:
    async with a_house(folder, f"sqlite:///{folder / 'desk.db'}", FLOWS) as house:
        return [await say(house, text) for text in texts]


@pytest.mark.parametrize("words", ["cancel", "Never mind!", "ok forget it", "stop please", "abbrechen", "vergiss es"])
async def test_a_flow_is_dropped_in_one_word(tmp_path: Path, words: str) -> None:
    said = await talk(tmp_path, *BEGIN, words, "/hours")
    assert said[2] in ([DROPPED], ["Gut, ich habe es abgebrochen."])
    assert said[3] == ["We are open from 9 to 5."]


async def test_only_the_flow_with_the_floor_is_dropped_and_the_one_below_asks_again(tmp_path: Path) -> None:
    said = await talk(tmp_path, *BEGIN, "/survey", "cancel", "cancel")
    assert said[2] == ["Your address?"]
    assert said[3] == [DROPPED, "Back to: A table.", "Which e-mail address?"]
    assert said[4] == [DROPPED]


async def test_a_slot_of_a_dropped_flow_is_asked_for_anew(tmp_path: Path) -> None:
    said = await talk(tmp_path, *BEGIN, "cancel", "/book")
    assert said[-1] == ["Which plan?"]


async def test_the_question_is_said_again_once(tmp_path: Path) -> None:
    said = await talk(tmp_path, *BEGIN, "what was the question?")
    assert said[-1] == ["Which e-mail address?"]


async def test_what_was_said_is_said_again_without_a_question(tmp_path: Path) -> None:
    assert (await talk(tmp_path, "/hours", "can you repeat that?"))[-1] == ["We are open from 9 to 5."]


async def test_a_question_that_need_not_be_answered_is_skipped(tmp_path: Path) -> None:
    assert (await talk(tmp_path, "/survey", "skip this question"))[-1] == ["Without an address, then.", "Thank you."]


async def test_skipping_what_is_needed_ends_with_a_person(tmp_path: Path) -> None:
    said = await talk(tmp_path, *BEGIN, "skip", "skip", "skip")
    assert said[2] == said[3]
    assert said[2][-1] == "Which e-mail address?"
    assert said[4] == ["I've asked a colleague to take over. They will write to you here."]


async def test_everything_begins_anew(tmp_path: Path) -> None:
    async with a_house(tmp_path, f"sqlite:///{tmp_path / 'desk.db'}", FLOWS) as house:
        for text in (*BEGIN, "ada@example.com"):
            await say(house, text)
        assert await say(house, "start over") == ["All right, from the beginning. What can I do for you?"]
        ada = Address(channel="rest", sender="ada").conversation_id
        state = (await house.database.read(lambda c: instances.get(c, ada))).state
    assert (state.slots, state.frames) == ({}, [])


@pytest.mark.parametrize("words", ["no, I meant pro", "sorry, pro", "actually pro", "nein, ich meinte pro"])
async def test_an_earlier_answer_is_taken_back_and_what_was_answered_since_stays(tmp_path: Path, words: str) -> None:
    """The flow goes back to the first question and on from there; the address is not asked for again."""
    said = await talk(tmp_path, *BEGIN, "ada@example.com", words, "yes")
    assert said[2] == ["free for ada@example.com: shall I book it?"]
    assert said[3][1:] == ["Pro it is.", "pro for ada@example.com: shall I book it?"]
    assert said[4] == ["On which day?"]


async def test_a_value_that_can_only_mean_another_slot_corrects_it(tmp_path: Path) -> None:
    said = await talk(tmp_path, *BEGIN, "ada@example.com", "bob@example.com")
    assert said[3] == ["All right: bob@example.com.", "free for bob@example.com: shall I book it?"]


async def test_a_no_alone_is_an_answer_and_no_correction(tmp_path: Path) -> None:
    said = await talk(tmp_path, *BEGIN, "ada@example.com", "no")
    assert said[3] == ["On which day?"]


async def test_what_has_been_acted_on_is_put_right_by_a_person(tmp_path: Path) -> None:
    """The ticket is open by now: going back would open a second one."""
    said = await talk(tmp_path, *BEGIN, "ada@example.com", "yes", "no, I meant pro")
    assert said[4][0].startswith("I've already acted on the earlier answer")


async def test_words_that_only_contain_a_command_are_none(tmp_path: Path) -> None:
    said = await talk(tmp_path, *BEGIN, "cancel my subscription")
    assert DROPPED not in said[2]
