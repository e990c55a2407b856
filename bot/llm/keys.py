"""Which model is meant, and whose key pays for it: the one place that resolves both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.model.llm import PROVIDERS
from bot.settings import ModelKey, Settings

ANTHROPIC: Final = "anthropic"
OPENAI: Final = "openai"
_DEFAULTS: Final[Mapping[str, Mapping[str, str]]] = {
    "anthropic": {"quick": "claude-haiku-5-5", "strong": "claude-sonnet-5-5"},
    "openai": {"quick": "gpt-5.6-luna", "strong": "gpt-5.6-sol"},
}
"""What is asked where the settings name no model."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model at an address, with the key that opens it. Two keys are two endpoints: their limits are not shared."""

    provider: str
    model: str
    key: str = field(repr=False)
    base_url: str = ""

    @property
    def name(self) -> str:
        return f"{self.provider}:{self.model}"


class Keys:
    """The desk's models and keys, and those of teams and connections."""

    def __init__(self, settings: Settings) -> None:
        self._own = {
            provider: ModelKey(provider=provider, api_key=key, base_url=url)
            for provider, key, url in (
                (ANTHROPIC, settings.anthropic_api_key, settings.anthropic_base_url),
                (OPENAI, settings.openai_api_key, settings.openai_base_url),
            )
            if key.get_secret_value()
        }
        self._named = settings.model_keys
        self._names = {"quick": settings.model_quick, "strong": settings.model_strong}
        self._fallbacks = settings.model_fallbacks

    @property
    def is_empty(self) -> bool:
        return not self._own and not self._named

    def endpoints(self, model: str, connections: Sequence[str] = ()) -> tuple[Endpoint, ...]:
        """Where to ask, best first: the model itself, then the fallbacks; without those that no key opens."""
        named = self._named_of(connections)
        # A named key stands in for the desk's own of its provider.
        keys = self._own if named is None else {**self._own, named.provider: named}
        names = dict.fromkeys([self._full(model, keys, named), *self._fallbacks])
        found = []
        for name in names:
            provider, _, bare = name.partition(":")
            if bare and (key := keys.get(provider)) is not None:
                found.append(Endpoint(provider, bare, key.api_key.get_secret_value(), key.base_url))
        return tuple(found)

    def usual(self) -> tuple[Endpoint, ...]:
        """What is asked where a prompt names no model of its own, for every key."""
        whose: list[tuple[str, ...]] = [(), *((name,) for name in self._named)]
        return tuple({point for who in whose for model in ("quick", "strong") for point in self.endpoints(model, who)})

    def whose(self, connections: Sequence[str]) -> str | None:
        """The team or connection whose key is used; None: the desk's own."""
        return next((name for name in connections if name in self._named), None)

    def _named_of(self, connections: Sequence[str]) -> ModelKey | None:
        name = self.whose(connections)
        return None if name is None else self._named[name]

    def _full(self, model: str, keys: Mapping[str, ModelKey], named: ModelKey | None) -> str:
        """``provider:model``, of ``quick``, ``strong``, ``provider:quick`` or such a name itself; empty: unknown.

        Who has a key of its own is asked at that key's provider, and by its own names of models where it has such.
        """
        provider, _, bare = model.rpartition(":")
        if bare not in ("quick", "strong"):
            return model if provider else ""
        desks = self._names[bare]
        if named is not None and provider in ("", named.provider):
            provider = named.provider
            if own := getattr(named, bare):
                return f"{provider}:{own}"
            return desks if desks.startswith(f"{provider}:") else f"{provider}:{_DEFAULTS[provider][bare]}"
        if not provider and desks:
            return desks
        chosen = provider or next((name for name in PROVIDERS if name in keys), "")
        return f"{chosen}:{_DEFAULTS[chosen][bare]}" if chosen in _DEFAULTS else ""
