"""The tracker as rasa_sdk actions see it."""

from bot.model.base import JsonObject
from bot.model.state import State


def rasa_tracker(state: State, sender: str) -> JsonObject:
    """A tracker in Rasa's shape: slots, the latest message with its parse, and the last lines as events."""
    parse = state.parse
    said = next((line.text for line in reversed(state.recent) if line.who == "contact"), "")
    ranking = [{"name": guess.intent, "confidence": guess.confidence} for guess in parse.alternatives]
    return {
        "sender_id": sender,
        "slots": dict(state.slots),
        "latest_message": {
            "text": said,
            "intent": {"name": parse.intent, "confidence": parse.confidence},
            "intent_ranking": ranking,
            "entities": [entity.model_dump(mode="json") for entity in parse.entities],
        },
        "events": [_event(line.who, line.text) for line in state.recent],
        "paused": False,
        "followup_action": None,
        "active_loop": {},
        "latest_action_name": None,
        "stack": [{"flow_id": frame.flow, "frame_id": str(frame.number)} for frame in state.frames],
    }


def _event(who: str, text: str) -> JsonObject:
    return {"event": "user" if who == "contact" else "bot", "text": text}
