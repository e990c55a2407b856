"""In which Slack channel each team of agents works."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

OTHERS: Final = "*"


@dataclass(frozen=True, slots=True)
class TeamPlace:
    """A channel; ``workspace`` is empty where there is only one."""

    workspace: str
    channel: str


def read_teams(setting: str) -> Mapping[str, TeamPlace]:
    """``support=C012,billing=T345/C678,*=C999`` by team. Raises ValueError for anything else."""
    found: dict[str, TeamPlace] = {}
    for part in filter(None, (part.strip() for part in setting.split(","))):
        team, equals, place = part.partition("=")
        workspace, _, channel = place.strip().rpartition("/")
        if not (equals and team.strip() and channel):
            raise ValueError(f"FRONTDESK_SLACK_TEAMS: {part!r} is no `team=channel`")
        found[team.strip()] = TeamPlace(workspace.strip(), channel.strip())
    return found


def place_for(teams: Mapping[str, TeamPlace], team: str | None) -> TeamPlace | None:
    """Where the handoffs of a team go; None: they do not go to Slack."""
    return teams.get(team or OTHERS) or teams.get(OTHERS)
