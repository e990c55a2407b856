"""What `say` and `utter` do."""

from bot.testing.talk import words
from tests.flows.small_desks import desk

GERMAN = "languages: [en, de]"


async def test_say_says_its_text() -> None:
    async with desk("- say: hello") as d:
        await d.conversation([("go", "hello")])


async def test_utter_says_a_response_by_its_name() -> None:
    responses = "utter_hello: [{text: hello}]"
    async with desk("- utter: utter_hello", responses=responses) as d:
        (reply,) = await d.says("go")
        assert (reply.text, reply.response) == ("hello", "utter_hello")


async def test_a_text_is_filled_in_when_it_is_said() -> None:
    async with desk('- say: "You wrote {{ input.text }} in {{ conversation.channel }}."') as d:
        await d.conversation([("go", "You wrote go in test.")])


async def test_null_is_empty_and_true_and_lists_read_as_in_json() -> None:
    """Whether a placeholder stands alone or in a sentence."""
    steps = """
    - set: {nothing: null, yes: true, list: [1, {a: "ü"}], half: 0.5}
    - say: "{{ vars.nothing }}|{{ vars.yes }}|{{ vars.list }}|{{ vars.half }}"
    - say: "{{ vars.yes }}"
    - say: "{{ vars.list }}"
    """
    async with desk(steps) as d:
        await d.conversation([("go", ['|true|[1, {"a": "ü"}]|0.5', "true", '[1, {"a": "ü"}]'])])


async def test_several_texts_of_a_response_take_turns() -> None:
    responses = "utter_ok: [{text: okay}, {text: alright}]"
    async with desk("- utter: utter_ok", responses=responses) as d:
        said = [words(await d.says("go"))[0] for _ in range(4)]
        assert said in (["alright", "okay"] * 2, ["okay", "alright"] * 2)


async def test_the_contacts_language_chooses_the_translation() -> None:
    nlu = "- {intent: go, language: de, examples: [los geht es jetzt]}"
    steps = "- say: {text: hello, translation: {de: hallo}}"
    async with desk(steps, nlu=nlu, settings=GERMAN) as d:
        await d.conversation([("go", "hello"), ("los geht es jetzt", "hallo"), ("go", "hello")])


async def test_the_language_stays_where_the_words_do_not_tell_another() -> None:
    """An address or a number is no change of language."""
    nlu = "- {intent: go, language: de, examples: [los geht es jetzt]}"
    steps = """
    - collect: count
      ask: {text: How many?, translation: {de: Wie viele?}}
    - say: {text: Fine, translation: {de: Gut}}
    """
    async with desk(steps, nlu=nlu, settings=GERMAN, slots="count: {type: integer}") as d:
        await d.conversation([("los geht es jetzt", "Wie viele?"), ("3", "Gut")])


async def test_without_a_translation_the_original_is_said() -> None:
    nlu = "- {intent: go, language: de, examples: [los geht es jetzt]}"
    async with desk("- say: hello", nlu=nlu, settings=GERMAN) as d:
        await d.conversation([("los geht es jetzt", "hello")])


async def test_buttons_are_translated_with_their_text() -> None:
    steps = """
    - say:
        text: Which?
        buttons: [{title: First, payload: a}, {title: Page, url: "https://example.com/{{ input.text }}"}]
        translation: {de: {text: "Welche?", buttons: [{title: Erste, payload: a}]}}
    """
    nlu = "- {intent: go, language: de, examples: [los geht es jetzt]}"
    async with desk(steps, nlu=nlu, settings=GERMAN) as d:
        (english,) = await d.says("go")
        (german,) = await d.says("los geht es jetzt")
        assert [(b.title, b.payload, b.url) for b in english.buttons] == [
            ("First", "a", None),
            ("Page", None, "https://example.com/go"),
        ]
        assert [b.title for b in german.buttons] == ["Erste"]


async def test_images_files_and_custom_parts_are_filled_in_too() -> None:
    steps = """
    - say:
        text: Look
        image: "https://example.com/{{ input.text }}.png"
        files: ["https://example.com/{{ input.text }}.pdf"]
        custom: {kind: card, said: "{{ input.text }}", number: "{{ 1 + 1 }}"}
    """
    async with desk(steps) as d:
        (reply,) = await d.says("go")
        assert reply.image == "https://example.com/go.png"
        assert reply.files == ("https://example.com/go.pdf",)
        assert reply.custom == {"kind": "card", "said": "go", "number": 2}


async def test_a_text_that_cannot_be_worked_out_fails_its_step() -> None:
    """What the checker cannot know is a failure like any other: a person comes."""
    steps = """
    - id: got
      do: tools.read
      with: {n: x}
    - say: "{{ steps.got.n + 1 }}"
    """
    async with desk(steps) as d:
        await d.conversation(
            [("go", "I'm sorry, something went wrong on our side. I've asked a colleague to take over.")]
        )
        assert d.handoffs[0].packet.reason == "step_failed"
        assert d.handoffs[0].packet.failing_step == "main.steps[1]"


async def test_a_response_of_the_cores_that_the_desk_has_spoiled_does_no_harm() -> None:
    """The words for a failure may fail themselves; then the person comes without them."""
    responses = """
    utter_internal_error: [{text: "{{ slots.count + 1 }}"}]
    """
    steps = "- {do: tools.write}"
    async with desk(steps, responses=responses, slots="count: {type: integer}", checked=False) as d:
        d.actions.fail("tools.write", "internal")
        assert await d.says("go") == []
        assert d.owner == "queue"
