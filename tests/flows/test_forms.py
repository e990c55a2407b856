"""A `collect` of several slots on a channel that has forms, and what becomes of a form that comes back."""

from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import FlowBroken
from bot.model.form import FormLimits, FormSent
from bot.rules.advance.filling import form_problems
from bot.rules.check.desk import check_desk
from bot.testing.desk import TestDesk
from bot.testing.talk import words
from tests.flows.small_desks import Tools, desk, rehearse

SLOTS = """
town: {type: text, description: The town}
mail: {type: email}
plan: {type: choice, values: [free, pro]}
pin: {type: pattern, pattern: '[0-9]{4}', sensitive: true}
agreed: {type: boolean}
"""
ASK = """
utter_ask_town: [{text: "Which town?", translation: {de: "Welche Stadt?"}}]
utter_ask_mail: [{text: "Which address?", translation: {de: "Welche Adresse?"}}]
utter_label_mail: [{text: "E-mail", translation: {de: "E-Mail"}}]
utter_hint_mail: [{text: "We write there."}]
utter_ask_plan: [{text: "Which plan?"}]
utter_ask_pin: [{text: "Your PIN?"}]
utter_ask_agreed: [{text: "Agreed?"}]
"""
COLLECT = "- collect: [town, mail]\n- say: '{{ slots.town }} {{ slots.mail }}'"
PERSON = "I've asked a colleague to take over. They will write to you here."


def form_desk(steps: str = COLLECT, limits: FormLimits | None = None, **parts: Any) -> TestDesk:
    made = desk(steps, slots=SLOTS, responses=ASK, **parts)
    made.with_forms(limits)
    return made


# --- asking ----------------------------------------------------------------------------------------------------------


async def test_several_slots_are_asked_for_in_one_form_that_also_says_the_first_question() -> None:
    async with form_desk("- collect: [town, mail, plan, agreed]\n- say: ok") as d:
        (reply,) = await d.says("go")
        assert reply.form is not None
        assert [(f.slot, f.label, f.type) for f in reply.form.fields] == [
            ("town", "Which town?", "text"),
            ("mail", "E-mail", "email"),
            ("plan", "Which plan?", "choice"),
            ("agreed", "Agreed?", "boolean"),
        ]
        assert reply.form.fields[1].hint == "We write there."
        assert [one.value for one in reply.form.fields[2].choices] == ["free", "pro"]
        assert [(one.value, one.title) for one in reply.form.fields[3].choices] == [("yes", "Yes"), ("no", "No")]
        assert reply.text == "Fill in the form, or answer here one by one.\n\nWhich town?"


async def test_where_there_are_no_forms_they_are_asked_for_one_by_one() -> None:
    async with desk(COLLECT, slots=SLOTS, responses=ASK) as d:
        await d.conversation([("go", "Which town?"), ("Bonn", "Which address?"), ("a@b.example", "Bonn a@b.example")])
        assert all(reply.form is None for reply in d.replies)


async def test_a_form_speaks_the_contacts_language() -> None:
    async with form_desk() as d:
        await d.says("go")
        d.instance.state.language = "de"
        assert d.open_form is not None
        assert [field.label for field in d.open_form.fields] == ["Welche Stadt?", "E-Mail"]
        assert (d.open_form.open, d.open_form.send) == ("Formular ausfüllen", "Senden")


@pytest.mark.parametrize(
    ("steps", "limits"),
    [
        ("- collect: town", FormLimits()),
        ("- collect: [town]", FormLimits()),
        ("- collect: [town, mail, plan]", FormLimits(fields=2)),
        ("- collect: [town, plan]", FormLimits(choices=1)),
    ],
)
async def test_one_slot_and_more_than_a_form_holds_are_asked_for_one_by_one(steps: str, limits: FormLimits) -> None:
    async with form_desk(steps + "\n- say: ok", limits, checked=False) as d:
        (reply,) = await d.says("go")
        assert reply.form is None
        assert reply.text == "Which town?"


async def test_a_file_is_never_asked_for_in_a_form() -> None:
    responses = ASK + '\nutter_ask_scan: [{text: "The scan?"}]'
    made = desk("- collect: [town, scan]\n- say: ok", slots=SLOTS + "scan: {type: file}", responses=responses)
    made.with_forms()
    async with made as d:
        assert words(await d.says("go")) == ["Which town?"]


async def test_what_is_known_is_not_asked_for_again_unless_the_step_says_so() -> None:
    known = "- set_slots: {town: Bonn}\n- collect: [town, mail, plan]\n- say: ok"
    async with form_desk(known) as d:
        (reply,) = await d.says("go")
        assert reply.form is not None
        assert [field.slot for field in reply.form.fields] == ["mail", "plan"]
    again = known.replace("[town, mail, plan]\n", "[town, mail, plan]\n  ask_before_filling: true\n")
    async with form_desk(again) as d:
        (reply,) = await d.says("go")
        assert reply.form is not None
        assert (reply.form.fields[0].slot, reply.form.fields[0].value) == ("town", "Bonn")


# --- filling ---------------------------------------------------------------------------------------------------------


async def test_a_form_that_was_filled_in_fills_the_slots_and_the_flow_goes_on() -> None:
    async with form_desk() as d:
        await d.says("go")
        assert words(await d.fills({"town": " Bonn ", "mail": "Ada@B.Example"})) == ["Bonn Ada@b.example"]
        assert d.open_form is None


async def test_each_field_is_read_by_the_type_of_its_slot() -> None:
    steps = "- collect: [plan, agreed]\n- say: '{{ slots.plan }} {{ slots.agreed }}'"
    async with form_desk(steps) as d:
        await d.says("go")
        assert words(await d.fills({"plan": "pro", "agreed": "no"})) == ["pro false"]


async def test_a_field_that_cannot_be_used_is_named_and_the_rest_stays_in_the_form() -> None:
    async with form_desk() as d:
        (first,) = await d.says("go")
        (reply,) = await d.fills({"town": "Bonn", "mail": "nowhere"})
        assert reply.form is not None
        assert first.form is not None
        assert reply.form.id == first.form.id
        town, mail = reply.form.fields
        assert (town.value, town.problem) == ("Bonn", None)
        assert mail.value == "nowhere"
        assert mail.problem is not None
        assert "mail" in mail.problem
        assert mail.problem in (reply.text or "")
        assert d.slots == {}, "nothing is filled before all of it can be used"
        assert words(await d.fills({"town": "Bonn", "mail": "a@b.example"})) == ["Bonn a@b.example"]


async def test_an_empty_field_is_refused() -> None:
    async with form_desk() as d:
        await d.says("go")
        (reply,) = await d.fills({"mail": "a@b.example"})
        assert reply.form is not None
        assert reply.form.fields[0].problem


async def test_rejections_hold_and_see_the_fields_before_theirs() -> None:
    steps = """
    - collect: [town, mail]
      rejections:
        - if: slots.mail is defined and slots.mail != null and slots.town == 'Rome'
          say: "No mail to {{ slots.town }} ({{ slots.mail }})."
    - say: ok
    """
    async with form_desk(steps) as d:
        await d.says("go")
        (reply,) = await d.fills({"town": "Rome", "mail": "a@b.example"})
        assert reply.form is not None
        assert [field.problem for field in reply.form.fields] == [None, "No mail to Rome (a@b.example)."]
        assert words(await d.fills({"town": "Bonn", "mail": "a@b.example"})) == ["ok"]


async def test_after_as_many_refused_forms_as_answers_a_person_takes_over() -> None:
    async with form_desk() as d:
        await d.says("go")
        for _ in range(2):
            await d.fills({"town": "Bonn", "mail": "nowhere"})
        assert words(await d.fills({"town": "Bonn", "mail": "nowhere"})) == [PERSON]
        assert d.handoffs[0].packet.reason == "collect_failed"


async def test_what_the_channel_has_told_beside_the_fields_counts_but_is_not_said_again() -> None:
    async with form_desk() as d:
        await d.says("go")
        assert d.open_form is not None
        bad = FormSent(id=d.open_form.id, fields={"town": "Bonn", "mail": "nowhere"}, told=True)
        assert await d.instance.fill(bad) == []
        assert await d.instance.fill(bad) == []
        problems = form_problems(
            d.stage.bundles_for(d.instance.state), d.instance.state, d.instance.around(), bad.id, bad.fields
        )
        assert problems == {}, "the last attempt is the desk's to answer"
        assert words(await d.instance.fill(bad.model_copy(update={"told": False}))) == [PERSON]


async def test_the_channel_can_ask_what_is_wrong_before_it_sends_a_form() -> None:
    async with form_desk() as d:
        await d.says("go")
        assert d.open_form is not None
        state, around = d.instance.state, d.instance.around()
        bundles = d.stage.bundles_for(state)
        before = state.model_dump_json()
        assert set(form_problems(bundles, state, around, d.open_form.id, {"town": "Bonn", "mail": "x"})) == {"mail"}
        assert form_problems(bundles, state, around, d.open_form.id, {"town": "Bonn", "mail": "a@b.example"}) == {}
        assert form_problems(bundles, state, around, "f_other", {}) == {}
        assert state.model_dump_json() == before, "looking changes nothing"


# --- words instead ---------------------------------------------------------------------------------------------------


async def test_whoever_types_is_asked_one_by_one_and_what_was_typed_counts() -> None:
    async with form_desk("- collect: [town, mail, plan]\n- say: '{{ slots.town }} {{ slots.mail }}'") as d:
        (reply,) = await d.says("go")
        assert reply.form is not None
        await d.conversation([("Bonn", "Which address?"), ("a@b.example", "Which plan?"), ("pro", "Bonn a@b.example")])


async def test_words_after_a_form_with_a_mistake_mend_the_mistake_alone() -> None:
    async with form_desk("- collect: [town, mail, plan]\n- say: '{{ slots.town }} {{ slots.plan }}'") as d:
        await d.says("go")
        await d.fills({"town": "Bonn", "mail": "nowhere", "plan": "pro"})
        await d.conversation([("a@b.example", "Bonn pro")])
        assert d.slots == {}, "the flow is through, and its slots end with it"


async def test_another_flow_comes_in_between_and_the_form_is_shown_again() -> None:
    async with form_desk(COLLECT.replace("town, mail", "mail, town")) as d:
        (first,) = await d.says("go")
        replies = await d.says("something else")
        assert words(replies)[0] == "Here is something else."
        assert first.form is not None
        assert replies[-1].form is not None
        assert replies[-1].form.id == first.form.id
        assert words(await d.fills({"town": "Bonn", "mail": "a@b.example"}))[0] == "Bonn a@b.example"


# --- late ------------------------------------------------------------------------------------------------------------


async def test_a_form_that_is_no_longer_the_open_question_fills_nothing_and_is_told_so() -> None:
    async with form_desk() as d:
        (reply,) = await d.says("go")
        assert reply.form is not None
        await d.says("Bonn")
        late = await d.fills({"town": "Rome", "mail": "a@b.example"}, reply.form.id)
        assert words(late) == ["That form is no longer open, so I haven't taken anything from it.", "Which address?"]
        await d.conversation([("c@d.example", "Bonn c@d.example")])
        assert words(await d.fills({"town": "Rome"}, reply.form.id))[0].startswith("That form is no longer open")


async def test_a_form_that_comes_while_a_person_has_the_floor_is_noted_for_them_and_answered_by_nobody() -> None:
    async with form_desk() as d:
        await d.says("go")
        assert d.open_form is not None
        form = d.open_form.id
        await d.take_over()
        assert await d.fills({"town": "Bonn", "mail": "a@b.example"}, form) == []
        assert d.slots == {}
        assert d.instance.open_form() is None
        assert "Bonn" in str(d.events[-2].data)


# --- secrets ---------------------------------------------------------------------------------------------------------


async def test_what_is_sensitive_in_a_form_is_masked_in_the_record_and_never_shown_again() -> None:
    async with form_desk("- collect: [town, pin, mail]\n- say: ok") as d:
        await d.says("go")
        (reply,) = await d.fills({"town": "Bonn", "pin": "4711", "mail": "nowhere"})
        assert reply.form is not None
        assert [field.value for field in reply.form.fields] == ["Bonn", "", "nowhere"]
        assert "4711" not in d.instance.state.model_dump_json()
        await d.fills({"town": "Bonn", "pin": "4711", "mail": "a@b.example"})
        assert "4711" not in " ".join(event.model_dump_json() for event in d.events)
        assert "4711" not in str(d.instance.state.recent)


async def test_the_transcript_says_what_was_filled_in_line_by_line() -> None:
    async with form_desk() as d:
        await d.says("go")
        await d.fills({"town": "Bonn", "mail": "a@b.example"})
        said = next(e for e in d.events if e.event == "MessageReceived" and "Bonn" in str(e.data))
        assert said.data["text"] == "Which town? Bonn\nE-mail: a@b.example"


async def test_an_answer_given_in_a_form_can_be_taken_back() -> None:
    steps = "- collect: [town, mail]\n- collect: agreed\n- say: '{{ slots.town }} {{ slots.mail }}'"
    async with form_desk(steps) as d:
        await d.says("go")
        await d.fills({"town": "Bonn", "mail": "a@b.example"})
        await d.says("no, I meant c@d.example")
        assert words(await d.says("yes"))[-1] == "Bonn c@d.example"


async def test_what_a_form_calls_its_fields_is_no_unused_response() -> None:
    """And its templates are read where the step stands."""
    broken = ASK + '\nutter_label_town: [{text: "{{ steps.nowhere.x }}"}]'
    with pytest.raises(FlowBroken, match="nowhere"):
        desk(COLLECT, slots=SLOTS, responses=broken)
    loaded = rehearse(COLLECT, slots=SLOTS, responses=ASK).loaded
    assert loaded is not None
    findings = check_desk(loaded.authored, Tools().catalogue(), loaded.findings)
    assert not [one for one in findings if "utter_label" in one.what or "utter_hint" in one.what]


# --- whatever happens ------------------------------------------------------------------------------------------------

LONGER = ("no, I meant c@d.example", "something else", "what was the question", "can I talk to a human")
TEXTS = st.sampled_from([*"Bonn a@b.example nowhere@ pro yes no 4711 cancel skip restart go".split(), *LONGER, ""])
SECRETS = st.sampled_from(["8253", "825", ""])
FIELDS = {"town": TEXTS, "mail": TEXTS, "pin": SECRETS}
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("say"), TEXTS),
        st.tuples(st.just("fill"), st.fixed_dictionaries({}, optional=FIELDS)),
        st.tuples(st.just("late"), st.fixed_dictionaries({**FIELDS, "odd": TEXTS})),
        st.tuples(st.just("told"), st.fixed_dictionaries(FIELDS)),
    ),
    max_size=8,
)
THREE = "- collect: [town, pin, mail]\n- say: '{{ slots.town }} {{ slots.mail }}'"


@given(moves=MOVES)
@settings(max_examples=30)
def test_whatever_is_sent_in_whatever_order_fills_all_of_a_form_or_nothing(moves: list[tuple[str, Any]]) -> None:
    """And leaves no secret behind, and never fails a step."""

    async def play() -> None:
        async with REHEARSAL.desk() as d:
            d.with_forms()
            seen: list[str] = []
            for kind, what in [("say", "go"), *moves]:
                before, opened = dict(d.slots), d.open_form if d.owner == "bot" else None
                seen += [opened.id] if opened else []
                if kind == "say":
                    await d.says(what)
                    continue
                id_ = opened.id if opened is not None and kind != "late" else "f_of_no_question"
                await d.instance.fill(FormSent(id=id_, fields=what, told=kind == "told"))
                if opened is None or kind != "fill":
                    assert d.slots == before, "late, or told beside the fields already"
                elif d.slots not in ({}, before):
                    assert {"town", "pin", "mail"} <= set(d.slots)
            assert not [one for one in d.events if one.event in ("StepFailed", "EventFailed")]
            assert "8253" not in str(d.instance.state.recent)
            assert "8253" not in str(d.events)
            assert all(id_.startswith("f_") and len(id_) < 64 for id_ in seen)

    anyio.run(play)


REHEARSAL = rehearse(THREE, slots=SLOTS, responses=ASK)
