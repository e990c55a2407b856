"""`frontdesk models`: what would be asked, with whose key, for how much; and whether it answers."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.cli.models import show
from bot.settings import Settings
from bot.testing.fake_model_server import FakeModelServer
from tests.houses import write_flows
from tests.llm.houses import FLOWS, PROMPT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Its one prompt file is owned by `parcels`; three prompts stand in steps."""
    flows = write_flows(tmp_path / "flows", FLOWS)
    write_flows(flows / "prompts", PROMPT, "sort_it.yml")
    return flows


def settings(**given: Any) -> Settings:
    return Settings(_env_file=None, **given)


def test_without_a_key_it_says_what_connects_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(settings(), folder, ask=True) == 0
    assert "ANTHROPIC_API_KEY" in capsys.readouterr().out


def test_what_is_set_and_opens_nothing_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show(settings(openai_base_url="http://gpu:8000/v1"), folder, ask=False)
    assert "OPENAI_BASE_URL is set without OPENAI_API_KEY" in capsys.readouterr().err
    given = {"anthropic_api_key": "sk", "model_strong": "openai:large", "model_fallbacks": ("anthropic:a", "openai:b")}
    show(settings(**given), folder, ask=False)
    told = capsys.readouterr().err
    assert "FRONTDESK_MODEL_STRONG names openai:large, and OPENAI_API_KEY is not set" in told
    assert "FRONTDESK_MODEL_FALLBACKS names openai:b" in told
    assert "anthropic:a" not in told


def test_each_prompt_stands_there_with_its_model_its_key_and_its_price(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = {
        "parcels": {"provider": "openai", "api_key": "sk-team", "base_url": "http://me:pw@gpu:8000/v1", "quick": "tiny"}
    }
    assert show(settings(anthropic_api_key="sk-desk", model_keys=keys), folder, ask=False) == 0
    told = capsys.readouterr()
    assert "prompts/sort_it.yml: openai:tiny\n" in told.out
    assert "step word of flow write_back: anthropic:claude-haiku-5-5\n" in told.out
    assert "openai:tiny, with the key of parcels, at http://•••@gpu:8000/v1; its price is not known" in told.out
    assert "anthropic:claude-haiku-5-5, with the desk's key; $" in told.out
    assert told.err == ""
    assert "sk-" not in told.out
    assert "pw" not in told.out


def test_a_name_that_no_key_has_and_a_model_that_no_key_opens_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = PROMPT.replace("owner: parcels", "connection: parcel\nmodel: openai:large")
    write_flows(folder / "prompts", spec, "sort_it.yml")
    keys = {"parcels": {"provider": "anthropic", "api_key": "sk-team"}}
    show(settings(anthropic_api_key="sk-desk", model_keys=keys), folder, ask=False)
    told = capsys.readouterr().err
    assert "has no key 'parcel', so another one pays" in told
    assert "no key opens 'openai:large', so its offline answer is all there is" in told
    assert "the key 'parcels' in FRONTDESK_MODEL_KEYS is that of no prompt's" in told


async def test_asked_each_model_answers_or_says_what_is_wrong(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with FakeModelServer() as model:
        given = {
            "anthropic_api_key": "sk-desk", "anthropic_base_url": model.anthropic_url,
            "openai_api_key": "sk-other", "openai_base_url": model.openai_url, "model_deadline_seconds": 1.0,
            "model_fallbacks": tuple(f"openai:fake-{mode}" for mode in ("401", "404", "html", "wrong_enum", "hang")),
        }  # fmt: skip
        assert await asyncio.to_thread(show, settings(**given), folder, True) == 1
        assert {entry["key"] for entry in model.log} == {"sk-desk", "sk-other"}
    told = {line.split(", ")[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "answers (" in told["anthropic:claude-haiku-5-5"]
    assert "error: openai:fake-401 refuses the key (HTTP 401" in told["openai:fake-401"]
    assert "has no such model, or its base URL is wrong" in told["openai:fake-404"]
    assert "is its base URL right?" in told["openai:fake-html"]
    assert "it answers, but not as it was asked" in told["openai:fake-wrong_enum"]
    assert "no answer within 1 s" in told["openai:fake-hang"]
