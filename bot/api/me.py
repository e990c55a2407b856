"""Who I am to the desk, and what I may."""

from typing import Annotated

from fastapi import APIRouter

from bot.api.auth import Needs
from bot.api.views import Shown
from bot.rules.access import permissions_of
from bot.store.tokens import Bearer

router = APIRouter(prefix="/api/v1/me", tags=["me"])


class Me(Shown):
    """The caller. ``name`` is what stands in events and notes."""

    token_id: str
    name: str
    role: str
    permissions: list[str]


@router.get("", summary="Whose token this is, and what it may do")
async def show_me(who: Annotated[Bearer, Needs("me.read")]) -> Me:
    return Me(token_id=who.id, name=who.name, role=who.role, permissions=sorted(permissions_of(who.role)))
