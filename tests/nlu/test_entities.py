from typing import Any

import pytest

from bot.model.parse import Parse
from bot.nlu.pipeline import Pipeline
from tests.nlu.desks import shop, train


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return train(
        shop(
            {"lookup": "product", "examples": "- robot 15\n- kettle\n- toaster deluxe\n- coffee machine"},
            {"synonym": "pro", "examples": "- professional"},
            {"regex": "ticket", "examples": "- T[0-9]{5}"},
            {"regex": "broken", "examples": "- (["},
            slots={
                "order_number": {"type": "pattern", "pattern": "[A-Z]{2}-[0-9]{4}"},
                "size": {
                    "type": "choice",
                    "values": ["small", {"value": "xl", "synonyms": ["extra large"]}, "M", "2"],
                },
            },
        )
    )


def found(parse: Parse) -> list[tuple[str, Any, str]]:
    return [(entity.entity, entity.value, entity.text) for entity in parse.entities]


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("write to Bob@Example.com", [("email", "Bob@example.com", "Bob@Example.com")]),
        ("see www.example.com/a?b=1.", [("url", "https://www.example.com/a?b=1", "www.example.com/a?b=1")]),
        ("call +49 30 901820", [("phone", "+4930901820", "+49 30 901820")]),
        ("call 030 901820 today", [("phone", "+4930901820", "030 901820"), ("date", "today", "today")]),
        ("I paid 20 €", [("money", {"amount": 20, "currency": "EUR"}, "20 €")]),
        ("I have 3 of them", [("number", 3, "3")]),
        ("it took 2 hours", [("duration", 7_200, "2 hours")]),
        ("at 14:30", [("time", "14:30", "14:30")]),
        ("on 3 April 2026", [("date", "2026-04-03", "3 April 2026")]),
        ("next Tuesday", [("date", "next Tuesday", "next Tuesday")]),
        ("on April 3rd", [("date", "April 3rd", "April 3rd")]),
        ("good morning", []),
        ("open 24/7", []),
        ("next FRİDAY", [("date", "next FRIDAY", "next FRİDAY")]),
        ("two tickets", [("number", 2, "two")]),
        ("one problem, ein Problem, tausend Dank", []),
        ("3-5 items", [("number", 3, "3"), ("number", 5, "5")]),
        ("order 12-34-56", []),
        ("order #10023456", []),
        ("the number is 4711 0815 12", []),
        ("DE89 3704 0044 0532 0130 00", []),
        ("account 00012345678", []),
        ("1 234 567 users", [("number", 1_234_567, "1 234 567")]),
        ("the 2nd time", []),
        ("um 17h", [("time", "17:00", "17h")]),
        ("in 3D", []),
        ("Konto 1234567890", []),
        ("zwischen dem 3. und dem 7. April", [("date", "3.", "3."), ("date", "7. April", "7. April")]),
        ("great western bank", []),
        ("may 2 - 5", [("date", "may 2", "may 2"), ("number", 5, "5")]),
        ("on the 26th what is planned", [("date", "the 26th", "the 26th")]),
        ("from march 1-7", [("date", "march 1", "march 1"), ("date", "7", "7")]),
        ("one or two weeks ago", [("date", "two weeks ago", "two weeks ago")]),
        ("christmas gifts", []),
        ("on the 2nd please", [("date", "the 2nd", "the 2nd")]),
        ("next month", [("date", "next month", "next month")]),
        ("on 12/25", [("date", "12/25", "12/25")]),
        (
            "10-20 €",
            [("money", {"amount": 10, "currency": "EUR"}, "10"), ("money", {"amount": 20, "currency": "EUR"}, "20 €")],
        ),
        ("2-3 days", [("duration", 172_800, "2"), ("duration", 259_200, "3 days")]),
        ("1h30 late", [("duration", 5_400, "1h30")]),
        ("from 9 to 17 Uhr", [("time", "09:00", "9"), ("time", "17:00", "17 Uhr")]),
        ("10 m of cable", [("number", 10, "10")]),
        ("I need a second card", []),
        ("E-Mail=bob@example.com", [("email", "bob@example.com", "bob@example.com")]),
        ("a@x.com/b@y.org", [("email", "a@x.com", "a@x.com"), ("email", "b@y.org", "b@y.org")]),
    ],
)
def test_typed_entities_are_found_with_their_words(pipeline: Pipeline, text: str, entities: list[Any]) -> None:
    """A date that needs a clock keeps its words: a parse must mean the same whenever it is read."""
    assert found(pipeline.parse(text)) == entities


def test_every_span_holds_the_words_that_were_read(pipeline: Pipeline) -> None:
    text = "Größe: 😀 small, order ab-1234, T12345 for the kettel, €5 on 3.4.2026 to ö@example.com"
    parse = pipeline.parse(text)
    assert [(entity.entity, text[entity.start : entity.end]) for entity in parse.entities] == [
        ("size", "small"),
        ("order_number", "ab-1234"),
        ("ticket", "T12345"),
        ("product", "kettel"),
        ("money", "€5"),
        ("date", "3.4.2026"),
        ("email", "ö@example.com"),
    ]
    assert all(entity.text == text[entity.start : entity.end] for entity in parse.entities)


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("about AB-1234", [("order_number", "AB-1234", "AB-1234")]),
        ("about ab-1234", [("order_number", "AB-1234", "ab-1234")]),
        ("about xab-12345", []),
        ("T12345 please", [("ticket", "T12345", "T12345")]),
        ("the toaster deluxe", [("product", "toaster deluxe", "toaster deluxe")]),
        ("the Tosater Deluxe", [("product", "toaster deluxe", "Tosater Deluxe")]),
        ("2 of the robot 15", [("number", 2, "2"), ("product", "robot 15", "robot 15")]),
        ("a coffeemachine", [("product", "coffee machine", "coffeemachine")]),
        ("my ket tle", [("product", "kettle", "ket tle")]),
        ("the toaster-de-luxe", [("product", "toaster deluxe", "toaster-de-luxe")]),
        ("a coffe machine", [("product", "coffee machine", "coffe machine")]),
        ("an extra large one", [("size", "xl", "extra large")]),
        ("go pro", [("plan", "pro", "pro")]),
        ("go proo", [("plan", "pro", "proo")]),
        ("the professional one", [("plan", "pro", "professional")]),
        ("enterprize it is", [("plan", "enterprise", "enterprize")]),
        ("I'm small", [("size", "small", "small")]),
        ("2 of size M", [("number", 2, "2")]),
    ],
)
def test_the_desks_own_entities(pipeline: Pipeline, text: str, entities: list[Any]) -> None:
    """Pattern and choice slots, lookups, regexes, synonyms, and words marked in examples; mistyped too."""
    assert found(pipeline.parse(text)) == entities


def test_an_ordinary_word_of_the_examples_is_no_mistyped_lookup_word() -> None:
    pipeline = train(shop({"lookup": "product", "examples": "- packages\n- shipper"}))
    assert found(pipeline.parse("track my package, has it shipped")) == []


def test_marks_are_taken_out_of_the_examples(pipeline: Pipeline) -> None:
    assert pipeline.parse("switch to pro").confidence == 0.99
    assert pipeline.parse("change my subscription to proo").confidence == 0.99
