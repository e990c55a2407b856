"""The few words that the adapter says itself: in notices that only the person who acted sees."""

from typing import Final

EMPTY_COMMAND: Final = "Write what you need behind the command, as in `/desk where is my order?`"
ANSWERED_DIRECTLY: Final = "You find the answer in your direct messages."
NOT_YOURS: Final = "These buttons are for somebody else. Mention me, and I ask you, too."
CHOSEN_BEFORE: Final = "This question has been answered already."
TOO_FAST: Final = "That was too fast for me. Please try it again in a moment."
NOT_READY: Final = "I cannot take this at the moment. Please try it again."
FORM_TITLE: Final = "Ask the desk"
FORM_SEND: Final = "Send"
FORM_CANCEL: Final = "Cancel"
FORM_LABEL: Final = "What do you need?"
FORM_EMPTY: Final = "Write what you need."
