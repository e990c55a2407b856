"""Which model is asked with whose key: resolved in one place, from the environment alone."""

import pytest
from pydantic import ValidationError

from bot.llm.keys import Endpoint, Keys
from bot.settings import Settings

TEAM = '{"billing": {"provider": "anthropic", "api_key": "team", "base_url": "http://127.0.0.1:1"}}'


def keys(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Keys:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Keys(Settings(_env_file=None))


def names(endpoints: tuple[Endpoint, ...]) -> list[str]:
    return [endpoint.name for endpoint in endpoints]


def test_without_a_key_there_is_nobody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    found = keys(monkeypatch)
    assert found.is_empty
    assert found.endpoints("quick") == ()


def test_quick_and_strong_are_models_of_the_provider_that_has_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    found = keys(monkeypatch, OPENAI_API_KEY="k", OPENAI_BASE_URL="http://127.0.0.1:1/v1")
    (quick,), (strong,) = found.endpoints("quick"), found.endpoints("strong")
    assert quick.provider == strong.provider == "openai"
    assert quick.model != strong.model
    assert quick.base_url == "http://127.0.0.1:1/v1"


def test_the_settings_name_them_and_their_fallbacks(monkeypatch: pytest.MonkeyPatch) -> None:
    found = keys(
        monkeypatch, ANTHROPIC_API_KEY="a", OPENAI_API_KEY="o", FRONTDESK_MODEL_QUICK="openai:small",
        FRONTDESK_MODEL_FALLBACKS="anthropic:other, openai:small",
    )  # fmt: skip
    assert names(found.endpoints("quick")) == ["openai:small", "anthropic:other"]
    assert names(found.endpoints("anthropic:best")) == ["anthropic:best", "anthropic:other", "openai:small"]


def test_what_no_key_opens_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    found = keys(monkeypatch, ANTHROPIC_API_KEY="a", FRONTDESK_MODEL_FALLBACKS="openai:small")
    assert names(found.endpoints("openai:small")) == []
    assert found.endpoints("gemini:pro") == ()
    assert found.endpoints("no model at all") == ()


def test_a_team_or_connection_with_a_key_pays_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    found = keys(monkeypatch, ANTHROPIC_API_KEY="desk", FRONTDESK_MODEL_KEYS=TEAM)
    assert [point.key for point in found.endpoints("quick", ("sales", "billing"))] == ["team"]
    assert [point.key for point in found.endpoints("quick", ("sales",))] == ["desk"]
    assert {point.key for point in found.usual()} == {"desk", "team"}


def test_a_key_of_a_team_alone_answers_that_team_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    found = keys(monkeypatch, FRONTDESK_MODEL_KEYS=TEAM)
    assert found.endpoints("quick") == ()
    assert len(found.endpoints("quick", ("billing",))) == 1


def test_who_has_a_key_is_asked_at_its_provider_and_by_its_own_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at the desk's provider, which another pays for."""
    plain, named = (
        keys(
            monkeypatch, ANTHROPIC_API_KEY="desk", FRONTDESK_MODEL_QUICK="anthropic:desks",
            FRONTDESK_MODEL_KEYS=f'{{"billing": {{"provider": "openai", "api_key": "team"{more}}}}}',
        )
        for more in ("", ', "quick": "small", "base_url": "http://127.0.0.1:1/v1/"')
    )  # fmt: skip
    assert names(plain.endpoints("quick", ("billing",))) == ["openai:gpt-5.6-luna"]
    (own,) = named.endpoints("quick", ("billing",))
    assert (own.name, own.key, own.base_url) == ("openai:small", "team", "http://127.0.0.1:1/v1")
    assert names(named.endpoints("anthropic:quick", ("billing",))) == ["anthropic:claude-haiku-5-5"]
    assert names(named.endpoints("quick")) == ["anthropic:desks"]


def test_what_was_copied_along_with_a_key_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    (quick,) = keys(monkeypatch, ANTHROPIC_API_KEY=" sk-1 \n").endpoints("quick")
    assert quick.key == "sk-1"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("ANTHROPIC_API_KEY", "sk-1 sk-2", "copy it again"),
        ("OPENAI_API_KEY", "sk-ü", "copy it again"),
        ("OPENAI_BASE_URL", "gpu.example.com:8000/v1", "write it as https://"),
        ("ANTHROPIC_BASE_URL", "api.anthropic.com", "write it as https://"),
        ("FRONTDESK_MODEL_KEYS", TEAM.replace('"team"', '""'), "it is empty"),
        ("FRONTDESK_MODEL_KEYS", TEAM.replace("http://", ""), "write it as https://"),
    ],
)
def test_a_key_or_an_address_that_cannot_be_used_is_refused_at_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=told) as refused:
        Settings(_env_file=None)
    assert "sk-" not in str(refused.value)


@pytest.mark.parametrize("name", ["claude", "gemini:pro", "openai:", ":x"])
def test_a_name_without_a_known_provider_is_refused_at_start(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("FRONTDESK_MODEL_QUICK", name)
    with pytest.raises(ValidationError, match="write it as anthropic:"):
        Settings(_env_file=None)


def test_no_key_is_ever_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "sk-very-secret"
    monkeypatch.setenv("ANTHROPIC_API_KEY", secret)
    monkeypatch.setenv("FRONTDESK_MODEL_KEYS", TEAM.replace('"team"', f'"{secret}"'))
    settings = Settings(_env_file=None)
    found = Keys(settings)
    assert secret not in f"{settings!r} {settings} {settings.model_keys} {found.endpoints('quick')}"
