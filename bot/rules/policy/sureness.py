"""How sure an intent must be for what: confidences from 0 to 1, apart from those that a classifier solves itself
(``Menu.start_at``)."""

from typing import Final

START_AT: Final = 0.55
"""From which a flow is begun, outside any question, where none was solved for its intent."""
INTERRUPT_AT: Final = 0.65
"""From which another flow may interrupt an open question that the words do not answer."""
OVERRULE_AT: Final = 0.85
"""From which it may do so although the words could be an answer, in a sentence of its own."""
ASKED_AT: Final = 0.9
"""The same for a question, where free text is asked for."""
AS_AN_EXAMPLE: Final = 0.98
"""That only the words of an example have: nothing less makes a wish of a lone address or date, or of a question without
its mark where free text is asked for."""
NEEDED_AT: Final = 0.85
"""From which a flow is begun at the latest for who is upset or in a hurry, whatever was solved."""
FETCH_AT: Final = 0.5
"""From which a wish for a person is followed: a needless colleague is cheaper than an ignored wish."""
ASK_BACK_AT: Final = 0.15
"""From which a wish is worth offering to somebody who was not understood."""
ASK_WHETHER_AT: Final = 0.45
"""From which one wish alone is worth asking for."""
SURE_PART: Final = 0.9
"""From which a part of a message is a wish of its own: what it lacks stands in the rest of the message."""
ASKED_FROM: Final = 0.05
"""From which a question beside a wish is one that articles may answer."""
SURE_OF_ANOTHER: Final = 0.85
"""From which, where none was solved, a wish is no command or correction: "change my address", "I want to cancel"."""
