"""Actions on a rasa_sdk action server, over its HTTP protocol."""

import hashlib
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic_core import to_json
from rasa_sdk.version import __version__ as rasa_sdk_version

from bot.edges.action_local import Domain, empty_domain, may_be_done
from bot.edges.egress import GuardedEgress
from bot.edges.failing import failed, tamed
from bot.edges.rasa_protocol import result_of, tracker_for
from bot.errors import ActionFailed, BadInput
from bot.model.action import ActionCall, ActionResult, ActionSpec
from bot.model.base import Json, JsonObject
from bot.ports import HttpAnswer

CATALOGUE_SECONDS = 2.0
"""How long the server may take to list its actions."""
STALE_SECONDS = 60.0
"""How soon an unknown name makes the desk ask again."""
_DOMAIN_MISSING = 449
_DECLARED = frozenset(ActionSpec.model_fields) - {"name", "remote"}


class RemoteActions:
    """url: of its webhook, e.g. ``http://127.0.0.1:5055/webhook``. That server is trusted with trackers."""

    def __init__(self, url: str, *, domain: Domain = empty_domain) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadInput(
                f"FRONTDESK_ACTION_SERVER: {tamed(url)!r} is not the URL of an action server",
                "Write for example http://127.0.0.1:5055/webhook.",
            )
        self._url = url
        self._list_url = url.removesuffix("/").removesuffix("/webhook") + "/actions"
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        self._egress = GuardedEgress([f"[{parts.hostname}]:{port}"], most_redirects=0, longest_seconds=600.0)
        self._domain = domain
        self._tried_at: float | None = None
        self.specs: Mapping[str, ActionSpec] = {}
        self.listed = False
        """Whether the list has ever been fetched."""
        self.problem: str | None = None
        """Why the list could not be fetched the last time; None when it could."""

    async def close(self) -> None:
        await self._egress.close()

    async def refresh(self, older_than_seconds: float = 0.0) -> None:
        """Fetches the list of actions unless that was tried just now. Never raises; see ``problem``."""
        if self._tried_at is not None and time.monotonic() - self._tried_at < older_than_seconds:
            return
        self._tried_at = time.monotonic()
        try:
            answer = await self._egress.request("GET", self._list_url, timeout_seconds=CATALOGUE_SECONDS)
            self.specs = _specs(answer)
            self.listed, self.problem = True, None
        except ActionFailed as error:
            self.problem = f"the action server's list of actions is not to be had: {error.failure.message}"

    async def run(self, call: ActionCall) -> ActionResult:
        """Raises ActionFailed. The body of a server's own error is not passed on: it echoes the tracker."""
        spec = self.specs.get(call.action) or ActionSpec(name=call.action)
        until = time.monotonic() + (call.timeout_seconds or spec.timeout_seconds)
        domain = self._domain() or empty_domain()
        request: JsonObject = {
            "next_action": call.action,
            "sender_id": call.tracker.get("sender_id", "default"),
            "tracker": tracker_for(call),
            "domain_digest": hashlib.sha256(to_json(domain)).hexdigest(),
            "version": rasa_sdk_version,
        }
        answer = await self._post(call, spec, request, until)
        if answer.status == _DOMAIN_MISSING:
            answer = await self._post(call, spec, {**request, "domain": domain}, until)
        if answer.status != 200:
            raise _refused(call, spec, answer)
        try:
            return result_of(call.action, answer.json_)
        except ActionFailed as error:
            raise _sure(error, may_be_done(spec) and error.failure.kind == "invalid") from None

    async def _post(self, call: ActionCall, spec: ActionSpec, request: JsonObject, until: float) -> HttpAnswer:
        left = max(until - time.monotonic(), 0.01)
        try:
            # The key goes in as a plain header, so that the egress still says whether the call had left.
            return await self._egress.request(
                "POST", self._url, json=request, headers={"Idempotency-Key": call.key}, timeout_seconds=left
            )
        except ActionFailed as error:
            unsure = may_be_done(spec) and (error.failure.uncertain or error.failure.kind == "rejected")
            raise _of_the_server(call, error, unsure) from None


def _sure(error: ActionFailed, uncertain: bool) -> ActionFailed:
    return ActionFailed(error.failure.model_copy(update={"uncertain": error.failure.uncertain or uncertain}))


def _of_the_server(call: ActionCall, error: ActionFailed, uncertain: bool) -> ActionFailed:
    """What the egress refused of an *answer* is an answer that makes no sense."""
    kind = "invalid" if error.failure.kind == "rejected" else error.failure.kind
    return failed(kind, f"{call.action}: the action server's {error.failure.message}", uncertain=uncertain)


def _refused(call: ActionCall, spec: ActionSpec, answer: HttpAnswer) -> ActionFailed:
    said: JsonObject = answer.json_ if isinstance(answer.json_, dict) else {}
    match answer.status:
        case 400 if said.get("action_name") and isinstance(said.get("error"), str):
            return failed("rejected", tamed(f"{call.action} rejected the call: {said['error']}"))
        case 404:
            return failed("not_found", f"the action server knows no action {call.action!r}. Add it there.")
        case 429:
            busy = f"the action server is too busy for {call.action}"
            return failed("rate_limit", busy, retry_after_seconds=_wait(answer))
        case 449:
            return failed("invalid", f"the action server asks again for the domain that {call.action} came with")
        case status if status >= 500:
            message = f"the action server answered {status} to {call.action}. Its own log says why."
            return failed("unavailable", message, retry_after_seconds=_wait(answer), uncertain=may_be_done(spec))
        case status:
            odd = f"the action server answered {status} to {call.action}, which is not in its protocol"
            return failed("invalid", odd)


def _wait(answer: HttpAnswer) -> float | None:
    value = answer.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() and len(value) < 7 else None


def _specs(answer: HttpAnswer) -> dict[str, ActionSpec]:
    """Reads ``[{"name": ...}, ...]``; fields of ActionSpec that a server adds to a name count."""
    listed = answer.json_
    if answer.status != 200 or not isinstance(listed, list):
        raise failed("invalid", f"it answered {answer.status} with something that is no list")
    specs = (_spec(entry) for entry in listed)
    return {spec.name: spec for spec in specs if spec is not None}


def _spec(entry: Json) -> ActionSpec | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not entry["name"]:
        return None
    declared = {key: value for key, value in entry.items() if key in _DECLARED}
    try:
        return ActionSpec(name=entry["name"], remote=True, **declared)
    except ValidationError:
        return ActionSpec(name=entry["name"], remote=True)
