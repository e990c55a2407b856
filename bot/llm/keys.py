"""Which model is meant, and whose key pays for it: the one place that resolves both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.settings import ModelKey, Settings

PROVIDERS: Final = ("anthropic", "openai")
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
        own = {
            "anthropic": ModelKey(
                provider="anthropic", api_key=settings.anthropic_api_key, base_url=settings.anthropic_base_url
            ),
            "openai": ModelKey(provider="openai", api_key=settings.openai_api_key, base_url=settings.openai_base_url),
        }
        self._own = {name: key for name, key in own.items() if key.api_key.get_secret_value()}
        self._named = settings.model_keys
        self._names = {"quick": settings.model_quick, "strong": settings.model_strong}
        self._fallbacks = settings.model_fallbacks

    @property
    def is_empty(self) -> bool:
        return not self._own and not self._named

    def endpoints(self, model: str, connections: Sequence[str] = ()) -> tuple[Endpoint, ...]:
        """Where to ask, best first: the model itself, then the fallbacks; without those that no key opens."""
        keys = self._keys(connections)
        names = dict.fromkeys([self._full(model, keys), *self._fallbacks])
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

    def _keys(self, connections: Sequence[str]) -> Mapping[str, ModelKey]:
        """The key for each provider. A named one replaces the desk's own for its provider."""
        named = next((self._named[name] for name in connections if name in self._named), None)
        return self._own if named is None else {**self._own, named.provider: named}

    def _full(self, model: str, keys: Mapping[str, ModelKey]) -> str:
        """``provider:model``, of ``quick``, ``strong``, ``provider:quick`` or such a name itself; empty: unknown."""
        provider, _, bare = model.rpartition(":")
        if bare not in ("quick", "strong"):
            return model if provider else ""
        if not provider and (set_ := self._names[bare]):
            return set_
        chosen = provider or next((name for name in PROVIDERS if name in keys), "")
        return f"{chosen}:{_DEFAULTS[chosen][bare]}" if chosen in _DEFAULTS else ""
