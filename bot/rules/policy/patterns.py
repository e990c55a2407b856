"""The flows of the core that policy begins by name; a desk may put its own in their place."""

from typing import Final

CHITCHAT: Final = "pattern_chitchat"
CLARIFICATION: Final = "pattern_clarification"
CORRECTION: Final = "pattern_correction"
DIGRESSION: Final = "pattern_handle_digressions"
GREETING: Final = "pattern_session_start"
NOT_HANDLED: Final = "pattern_cannot_handle"
SEARCH: Final = "pattern_search"
HUMAN_REQUEST: Final = "human_request"
"""The intent of who wants a person."""
