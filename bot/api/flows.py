"""Flows: what is offered now and before, whether the files hold, and starting a run by hand."""

import hashlib
import uuid
from typing import Annotated

from fastapi import APIRouter, Header, Path, Response

from bot.api.auth import Desk, Needs
from bot.api.bodies import NewRun, Posted
from bot.api.views import CheckView, FlowView, RunView, VersionView
from bot.errors import Forbidden, NotFound
from bot.model.desk import Finding
from bot.model.flow import Flow
from bot.model.message import Name
from bot.model.trigger import Trigger
from bot.rules.access import may_start_by_hand
from bot.rules.inputs import checked_inputs
from bot.store import flow_versions
from bot.store.tokens import Bearer

router = APIRouter(prefix="/api/v1/flows", tags=["flows"])
FlowName = Annotated[Name, Path(max_length=128)]
Key = Annotated[str | None, Header(max_length=256, description="The same key starts the same run, once.")]
SHOWN_FINDINGS = 1_000


@router.get("", summary="List flows with the version that new conversations get")
async def list_flows(house: Desk, who: Annotated[Bearer, Needs("flows.read")]) -> list[FlowView]:
    shelf = house.library.shelf
    return [_view(name, flow, shelf.menu.bundle_of[name]) for name, flow in sorted(shelf.desk.flows.items())]


@router.get("/check", summary="Findings of the desk's own files, as they are now")
async def check_desk(house: Desk, who: Annotated[Bearer, Needs("flows.check")]) -> CheckView:
    return _checked(await house.flow_files.check())


@router.post("/check", summary="Findings of the files in the request; nothing is stored")
async def check_files(body: Posted, house: Desk, who: Annotated[Bearer, Needs("flows.check")]) -> CheckView:
    return _checked(await house.flow_files.check(body.files))


@router.get("/{flow}/versions", summary="All versions of a flow, the latest first")
async def list_versions(flow: FlowName, house: Desk, who: Annotated[Bearer, Needs("flows.read")]) -> list[VersionView]:
    found = await house.database.read(lambda c: flow_versions.of(c, flow))
    if not found:
        raise NotFound(f"there is no flow {flow!r}", "Look its name up in the list of flows")
    return [VersionView.model_validate(version) for version in found]


@router.post("/{flow}/runs", status_code=202, summary="Start a run of a flow outside any conversation")
async def start_run(
    flow: FlowName,
    house: Desk,
    who: Annotated[Bearer, Needs("runs.start")],
    answer: Response,
    body: NewRun | None = None,
    idempotency_key: Key = None,
) -> RunView:
    known = house.library.shelf.desk.flows.get(flow)
    if known is None:
        raise NotFound(f"there is no flow {flow!r}", "Look its name up in the list of flows")
    if not may_start_by_hand(who.role, known):
        raise Forbidden(
            f"{who.role} may not start {flow} by hand", "Use the token of a role that its manual trigger names"
        )
    timezone = house.library.shelf.desk.settings.timezone
    inputs = checked_inputs(known, body.input if body else {}, house.clock.now(), timezone)
    run = _run_id(flow, idempotency_key)
    created = await house.intake.start_run(run, flow, inputs)
    answer.headers["location"] = f"/api/v1/instances/{run}"
    return RunView(id=run, flow=flow, created=created)


def _run_id(flow: str, key: str | None) -> str:
    if key is None:
        return f"r_{uuid.uuid4().hex}"
    digest = hashlib.sha256("\0".join((flow, key)).encode()).hexdigest()
    return f"r_{digest[:32]}"


def _view(name: str, flow: Flow, version: str) -> FlowView:
    return FlowView(
        name=name,
        title=flow.name or name.replace("_", " "),
        description=flow.description,
        owner=flow.owner,
        triggers=[_words(trigger) for trigger in flow.triggers],
        version=version,
    )


def _words(trigger: Trigger) -> str:
    """``intent: order_status``, ``manual`` ..."""
    kind = next(name for name in type(trigger).model_fields if getattr(trigger, name) is not None)
    value = getattr(trigger, kind)
    return f"{kind}: {value}" if isinstance(value, str) else kind


def _checked(findings: tuple[Finding, ...]) -> CheckView:
    errors = sum(finding.level == "error" for finding in findings)
    shown = list(findings[:SHOWN_FINDINGS])
    return CheckView(ok=not errors, errors=errors, warnings=len(findings) - errors, findings=shown)
