"""Names that the app's manifest and the desk share."""

from typing import Final

COMMAND: Final = "/desk"
FORM: Final = "frontdesk_ask"
"""The callback id of our shortcuts and of the form that one of them opens."""
