"""Who calls, and whether they may. A route says what it needs: ``who: Annotated[Bearer, Needs("handoffs.read")]``.

Default deny: `require_permissions` refuses to build an app in which a route says nothing.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.params import Depends, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.routing import BaseRoute

from bot.api.house import House
from bot.api.problems import Problem, Refused
from bot.errors import Forbidden
from bot.rules.access import Permission, allows, lowest_role
from bot.store import tokens
from bot.store.tokens import PREFIX, Bearer

LONGEST_TOKEN: Final = 200
_SCHEME = HTTPBearer(
    auto_error=False, bearerFormat="fd_live_…", description="Made by `frontdesk token create --role ROLE`."
)


def house_of(request: Request) -> House:
    house: House = request.app.state.house
    return house


Desk = Annotated[House, Depends(house_of)]
"""A route's parameter: the running desk."""


class _Check:
    """The dependency of one permission: gives the caller, or ends the request with 401 or 403."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(
        self, house: Desk, given: Annotated[HTTPAuthorizationCredentials | None, Security(_SCHEME)]
    ) -> Bearer:
        found = await _bearer(house, given.credentials if given else "")
        if not allows(found.role, self.permission):
            raise Forbidden(
                f"{found.name} is {found.role} and may not do this ({self.permission})",
                f"Use a token of the role {lowest_role(self.permission)} or above",
            )
        return found


async def _bearer(house: House, token: str) -> Bearer:
    if not token:
        raise _unknown("there is no bearer token in this request")
    if not token.startswith(PREFIX) or len(token) > LONGEST_TOKEN:
        raise _unknown("this is no token of a desk")
    found = await house.database.read(lambda c: tokens.find(c, token))
    if found is None:
        raise _unknown("this token is not known, or has been revoked")
    return found


def _unknown(what: str) -> Refused:
    fix = "Send `Authorization: Bearer fd_live_...`; `frontdesk token create --role ROLE` makes a token."
    return Refused(Problem(401, what, fix, "unauthorized", {"www-authenticate": 'Bearer realm="frontdesk"'}))


def Needs(permission: Permission) -> Any:  # noqa: N802  # reads as the annotation that it stands in
    """Marks a route's parameter: the caller, who must have this permission."""
    return Depends(_Check(permission))


def require_permissions(routes: Sequence[BaseRoute]) -> None:
    """Write into each route what it needs, for the OpenAPI. Raises LookupError when one does not say it."""
    for route in routes:
        permission = permission_of(route)
        if permission is None or not isinstance(route, APIRoute):
            raise LookupError(f"{route!r} needs no permission. Give it a parameter with Needs(...)")
        route.openapi_extra = {**(route.openapi_extra or {}), "x-permission": permission}


def permission_of(route: BaseRoute) -> Permission | None:
    """What a route needs of its caller; None when it does not say."""
    if not isinstance(route, APIRoute):
        return None
    return next((call.permission for call in _calls(route.dependant) if isinstance(call, _Check)), None)


def _calls(dependant: Dependant) -> Iterator[Any]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)
