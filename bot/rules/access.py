"""Who may do what over the HTTP API: five roles, each with all that the ones below it may; the rest is refused."""

from collections.abc import Mapping
from typing import Final, Literal, cast

from bot.model.flow import Flow

Role = Literal["agent", "lead", "author", "admin", "owner"]
Permission = Literal[
    "me.read",
    "conversations.read",
    "conversations.write",
    "handoffs.read",
    "handoffs.work",
    "reviews.read",
    "reviews.decide",
    "flows.read",
    "flows.check",
    "instances.read",
    "instances.operate",
    "runs.start",
    "dead_letters.read",
]

ROLES: Final[tuple[Role, ...]] = ("agent", "lead", "author", "admin", "owner")
"""From the one that may least to the one that may all."""

_ADDED: Final[Mapping[Role, tuple[Permission, ...]]] = {
    "agent": (
        "me.read",
        "conversations.read",
        "conversations.write",
        "handoffs.read",
        "handoffs.work",
        "reviews.read",
        "reviews.decide",
        "flows.read",
        "instances.read",
        "runs.start",
    ),
    "lead": ("instances.operate", "dead_letters.read"),
    "author": ("flows.check",),
    "admin": (),
    "owner": (),
}
_GRANTED: Final[Mapping[str, frozenset[Permission]]] = {
    role: frozenset(permission for lower in ROLES[: place + 1] for permission in _ADDED[lower])
    for place, role in enumerate(ROLES)
}


def permissions_of(role: str) -> frozenset[Permission]:
    """Everything that a role may; nothing for a role that does not exist."""
    return _GRANTED.get(role, frozenset())


def allows(role: str, permission: str) -> bool:
    return permission in permissions_of(role)


def lowest_role(permission: Permission) -> Role:
    """The role from which on something is allowed. Raises StopIteration for a permission that nobody has."""
    return next(role for role in ROLES if allows(role, permission))


def may_start_by_hand(role: str, flow: Flow) -> bool:
    """Whether this role may start a run of the flow (beyond the permission ``runs.start``).

    A ``manual`` trigger says who may: its roles and all above the lowest of them, or everybody when it names none.
    Without such a trigger the flow is not meant to be started by hand: then it takes an author, who may try it out.
    """
    if role not in ROLES:
        return False
    manual = [trigger.manual.roles for trigger in flow.triggers if trigger.manual is not None]
    if any(not roles for roles in manual):
        return True
    named = [place_of(name) for roles in manual for name in roles if name in ROLES]
    return place_of(role) >= min([*named, place_of("author")])


def place_of(role: str) -> int:
    """0 for the role that may least. Raises ValueError for a role that does not exist."""
    return ROLES.index(cast(Role, role))
