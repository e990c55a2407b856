"""What agents read in Slack, in the desk's own language; the words are the desk's responses ``utter_team_…``."""

from collections.abc import Callable

from bot.ports import Notices

Words = Callable[[str], str]
"""The words of this name, without ``utter_team_``."""


def reason_of(words: Words, reason: str) -> str:
    """Why a handoff came about. Flows may give reasons of their own, which stand as they are written."""
    try:
        return words(f"reason_{reason}")
    except KeyError:
        return reason


def words_of(notices: Notices) -> Words:
    return lambda name: notices.for_colleagues(f"utter_team_{name}")
