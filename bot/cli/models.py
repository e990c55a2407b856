"""``frontdesk models``: which models a desk would ask, with whose key, for how much; and whether they answer."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import typer
from genai_prices import Usage, calc_price

from bot.edges.desk_loader import load_core, load_desk
from bot.llm.keys import ANTHROPIC, OPENAI, Endpoint, Keys
from bot.llm.requests import Provider, Request, Trouble
from bot.model.base import JsonObject
from bot.model.desk import Desk
from bot.model.flow import AiStep, Flow, StepBase
from bot.model.prompt import InlinePrompt
from bot.rules.bundles import all_steps
from bot.rules.conform import conform
from bot.rules.masking import without_passwords
from bot.services.thinking import connections_of, model_of
from bot.settings import Settings

PRICED = 1_000
"""Tokens that a price is asked for: those of a request that is no book, which costs more by the token."""
USUAL = ("quick", "strong")
_YES: JsonObject = {"type": "object", "properties": {"word": {"enum": ["yes"]}}, "required": ["word"]}
_TRIAL = Request(system="", prompt="Answer with the word yes.", schema=_YES, temperature=0.0, max_tokens=64)


class Use(NamedTuple):
    """What asks a model: ``prompts/sort_it.yml``, or a step of a flow."""

    where: str
    model: str
    connections: tuple[str, ...]
    connection: str | None
    has_offline: bool


@dataclass(frozen=True, slots=True)
class Models:
    """What is asked, by a name for each way to it, best first; and what may be meant otherwise."""

    ways: Mapping[str, tuple[Endpoint, ...]]
    warnings: tuple[str, ...]

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Each once, in the order of the ways."""
        return tuple(dict.fromkeys(point for points in self.ways.values() for point in points))


def show(settings: Settings, folder: Path, ask: bool) -> int:
    """Print it; with ``ask``, each model is sent one small request. The exit code: 1 where one does not answer."""
    if Keys(settings).is_empty:
        typer.echo("No key is set, so no model is asked: ANTHROPIC_API_KEY or OPENAI_API_KEY connects one.")
        for warning in _left_out(settings):
            typer.echo(f"warning: {warning}", err=True)
        return 0
    found = models_of(settings, load_desk(folder, load_core()).desk)
    for way, points in found.ways.items():
        typer.echo(f"{way}: {', then '.join(point.name for point in points)}")
    for warning in found.warnings:
        typer.echo(f"warning: {warning}", err=True)
    typer.echo("")
    outcomes = outcomes_of(found.endpoints, settings.model_deadline_seconds) if ask else {}
    for point in found.endpoints:
        parts = (f"{point.name}, {_whose(point, settings)}", price_of(point), outcomes.get(point, ""))
        typer.echo("; ".join(part for part in parts if part))
    return 1 if any(outcome.startswith("error") for outcome in outcomes.values()) else 0


def warnings_of(settings: Settings, folder: Path) -> tuple[str, ...]:
    """What of a folder's prompts no key opens, or another one than is meant."""
    return models_of(settings, load_desk(folder, load_core()).desk).warnings


def models_of(settings: Settings, desk: Desk) -> Models:
    """Every way to a model that the settings and the prompts of a desk open."""
    keys, uses = Keys(settings), list(uses_of(desk))
    ways = {model: keys.endpoints(model) for model in USUAL}
    for name in settings.model_keys:
        ways |= {f"{model} of {name}": keys.endpoints(model, (name,)) for model in USUAL}
    ways |= {use.where: keys.endpoints(use.model, use.connections) for use in uses}
    warnings = (*_left_out(settings), *_strange_uses(uses, keys), *_unused(uses, settings))
    return Models({way: points for way, points in ways.items() if points}, warnings)


def uses_of(desk: Desk) -> Iterator[Use]:
    """The prompts of files, and those that stand in steps."""
    for name, prompt in sorted(desk.prompts.items()):
        yield _use(f"prompts/{name}.yml", prompt.model_dump(mode="json"))
    for name, flow in sorted(desk.flows.items()):
        for step in all_steps(flow.steps):
            yield from _of_step(name, flow, step)


def _of_step(name: str, flow: Flow, step: StepBase) -> Iterator[Use]:
    if isinstance(step, AiStep) and isinstance(step.ai, InlinePrompt):
        spec = {**step.ai.model_dump(mode="json"), "owner": flow.owner}
        yield _use(f"step {step.id or 'ai'} of flow {name}", spec)


def _use(where: str, spec: JsonObject) -> Use:
    return Use(where, model_of(spec), connections_of(spec), spec["connection"], spec["offline"] is not None)


def _left_out(settings: Settings) -> Iterator[str]:
    """What is set and opens nothing, for want of a key."""
    keys = {
        ANTHROPIC: (settings.anthropic_api_key, settings.anthropic_base_url),
        OPENAI: (settings.openai_api_key, settings.openai_base_url),
    }
    for provider, (key, url) in keys.items():
        if url and not key.get_secret_value():
            name = provider.upper()
            what = f"{name}_BASE_URL is set without {name}_API_KEY, so nobody is asked there"
            yield f"{what}: any word does where the server wants no key"
    names = {"QUICK": settings.model_quick, "STRONG": settings.model_strong}
    named = [(f"FRONTDESK_MODEL_{way}", name) for way, name in names.items() if name]
    for setting, name in (*named, *(("FRONTDESK_MODEL_FALLBACKS", name) for name in settings.model_fallbacks)):
        provider = name.partition(":")[0]
        if not keys[provider][0].get_secret_value():
            yield f"{setting} names {name}, and {provider.upper()}_API_KEY is not set, so it is left out"


def _strange_uses(uses: Sequence[Use], keys: Keys) -> Iterator[str]:
    for use in uses:
        points = keys.endpoints(use.model, use.connections)
        if use.connection is not None and keys.whose((use.connection,)) is None:
            yield f"{use.where}: FRONTDESK_MODEL_KEYS has no key {use.connection!r}, so another one pays"
        if not points:
            instead = "its offline answer is all there is" if use.has_offline else "its step fails"
            yield f"{use.where}: no key opens {use.model!r}, so {instead}"
        elif use.model.rpartition(":")[2] not in USUAL and points[0].name != use.model:
            yield f"{use.where}: no key opens {use.model!r}, so {points[0].name} is asked in its place"


def _unused(uses: Sequence[Use], settings: Settings) -> Iterator[str]:
    known = {name for use in uses for name in use.connections}
    for name in settings.model_keys:
        if name not in known:
            yield f"the key {name!r} in FRONTDESK_MODEL_KEYS is that of no prompt's `connection` or `owner`"


def _whose(point: Endpoint, settings: Settings) -> str:
    """Whose key it is, and where it goes."""
    names = [name for name, key in settings.model_keys.items() if key.api_key.get_secret_value() == point.key]
    owner = f"with the key of {' and '.join(names)}" if names else "with the desk's key"
    return f"{owner}, at {without_passwords(point.base_url)}" if point.base_url else owner


def price_of(point: Endpoint) -> str:
    """What a million tokens cost, as far as genai-prices knows."""
    try:
        each = [
            calc_price(usage, point.model, provider_id=point.provider).total_price * 1_000_000 / PRICED
            for usage in (Usage(input_tokens=PRICED), Usage(output_tokens=PRICED))
        ]
    except LookupError:
        return "its price is not known, so it counts for no limit"
    return f"${each[0]:.2f} in and ${each[1]:.2f} out for a million tokens"


def outcomes_of(points: Sequence[Endpoint], seconds: float) -> dict[Endpoint, str]:
    """What came of one small request to each: ``answers (0.8 s)``, or ``error: ...``."""
    # Two seconds to import, which nobody pays who only looks.
    from bot.llm.providers import Providers

    provider = Providers(points)
    provider.rehearse()
    return asyncio.run(_outcomes(provider, points, seconds))


async def _outcomes(provider: Provider, points: Sequence[Endpoint], seconds: float) -> dict[Endpoint, str]:
    try:
        return {point: await _outcome(provider, point, seconds) for point in points}
    finally:
        await provider.close()


async def _outcome(provider: Provider, point: Endpoint, seconds: float) -> str:
    began = time.monotonic()
    try:
        async with asyncio.timeout(seconds):
            reply = await provider.ask(point, _TRIAL, seconds)
    except Trouble as trouble:
        return f"error: {trouble}"
    except TimeoutError:
        return f"error: no answer within {seconds:g} s"
    problems = [reply.unreadable] if reply.unreadable else list(conform(reply.content, _YES)[1])
    took = f"({time.monotonic() - began:.1f} s)"
    return f"error: it answers, but not as it was asked: {problems[0]} {took}" if problems else f"answers {took}"
