"""What a flow can do with its own conversation. The desk applies it with the commit of the segment: once or not at
all."""

from pydantic import Field

from actions.base import Call, DeskAction
from bot.model.base import Word


class NoteText(Word):
    text: str = Field(min_length=1, max_length=4_000)


class Label(Word):
    label: str = Field(min_length=1, max_length=100)


class Nothing(Word):
    """No output."""


class AddNote(DeskAction[NoteText, Nothing]):
    """Leaves a private note for agents; the contact never sees it."""

    action_name = "conversation.note"
    idempotent = True

    async def act(self, params: NoteText, call: Call) -> Nothing:
        call.emit("conversation_noted", text=params.text)
        return Nothing()


class AddLabel(DeskAction[Label, Nothing]):
    """Puts a label on the conversation."""

    action_name = "conversation.label"
    idempotent = True

    async def act(self, params: Label, call: Call) -> Nothing:
        call.emit("conversation_labelled", label=params.label)
        return Nothing()
