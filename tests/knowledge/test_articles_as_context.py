"""An `ai` step that declares `articles` sees those that answer, and a search belongs to its flow's articles."""

import json
from collections.abc import AsyncIterator

import pytest

from bot.app import House
from bot.testing.fake_model_server import FakeModelServer
from tests.houses import a_house, say
from tests.knowledge.articles import files

# Providers ignore this warning when they are connected; here that was in another test.
pytestmark = pytest.mark.filterwarnings("ignore:Sampling parameters:UserWarning")

FLOWS = """
settings: {languages: [en, de]}
flows:
  worded:
    description: A model words an answer of its own.
    triggers: [{intent: worded}]
    steps:
      - id: word
        ai: {prompt: Word it., system: Be brief., context: [message, articles], offline: {value: offline}}
      - say: {text: "{{ steps.word.content }}", translation: {de: "{{ steps.word.content }}"}}
  blind:
    description: A model that sees no articles.
    triggers: [{intent: blind}]
    steps:
      - id: word
        ai: {prompt: Word it., context: [message], offline: {value: offline}}
      - say: {text: "{{ steps.word.content }}", translation: {de: "{{ steps.word.content }}"}}
  searched:
    description: An action looks for itself.
    triggers: [{intent: searched}]
    steps:
      - {collect: what, ask: For what?}
      - id: found
        do: knowledge.search
        with: {question: "{{ slots.what }}", most: 1}
      - say: "{{ steps.found.passages[0].answer | default('nothing') }}"
slots: {what: {type: text}}
nlu:
  - {intent: worded, examples: [how long does a refund take]}
  - {intent: blind, examples: [tell me about refunds blindly]}
  - {intent: searched, examples: [let me search]}
"""


@pytest.fixture(scope="module")
async def model() -> AsyncIterator[FakeModelServer]:
    async with FakeModelServer(replies={"Word it.": "worded"}) as server:
        yield server


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory, model: FakeModelServer) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("articles")
    for name, text in files().items():
        if name.startswith("knowledge/"):
            file = folder / "flows" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    (folder / "flows" / "desk.yml").write_text(FLOWS)
    given = {"anthropic_api_key": "k", "anthropic_base_url": model.anthropic_url, "model_parse": "never"}
    async with a_house(folder, "", folder / "flows", turn_wait_seconds=20, **given) as opened:
        yield opened


async def test_the_prompt_sees_the_passages_that_answer_in_a_fence(house: House, model: FakeModelServer) -> None:
    assert await say(house, "how long does a refund take") == ["worded"]
    sent = json.dumps(model.log[-1]["body"]["messages"])
    assert "A refund takes 5 working days." in sent
    assert "<data-" in sent


async def test_a_prompt_that_declares_none_sees_none(house: House, model: FakeModelServer) -> None:
    assert await say(house, "tell me about refunds blindly") == ["worded"]
    assert "working days" not in json.dumps(model.log[-1]["body"])


async def test_a_search_of_a_flow_is_in_the_articles_that_it_began_with(house: House) -> None:
    await say(house, "let me search", sender="early")
    article = house.settings.flows_dir / "knowledge" / "parking.md"
    article.write_text("---\ntitle: Parking\nanswer: There is no car park any more.\n---\nThe car park is closed.")
    assert await house.flow_files.load()
    await say(house, "let me search", sender="late")
    assert (await say(house, "the car park and its price", sender="early"))[0].startswith("You park behind the house")
    assert (await say(house, "the car park and its price", sender="late"))[0].startswith("There is no car park")
