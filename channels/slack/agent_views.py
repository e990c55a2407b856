"""What agents see in Slack: the packet with its buttons, and the forms behind two of them."""

from typing import Any, Final

from bot.model.handoff import Handoff, Packet
from bot.ports import Fact
from channels.slack.blocks import Block, section
from channels.slack.render import Post
from channels.slack.text import SECTION_LIMIT, cost, escape, split

AGENT: Final = "agent:"
"""How the action ids and callback ids of agents begin."""
BLOCK: Final = "agent_text"
FIELD: Final = "text"
_BY: Final = "slack:"
_LABELS: Final = {
    "claim": "Claim",
    "reply": "Reply",
    "note": "Note",
    "resolve": "Resolve",
    "return": "Return to bot",
}
_OFFERED: Final = {
    "waiting": ("claim", "reply", "note", "resolve", "return"),
    "claimed": ("reply", "note", "resolve", "return"),
}


def name_of(team: str, user: str) -> str:
    """Whose action it is, in the desk's words: an id, which nobody can take by renaming themselves."""
    return f"{_BY}{team}:{user}"


def shown_name(by: str | None) -> str:
    """The same as Slack shows it."""
    if by and by.startswith(_BY):
        return f"<@{by.rpartition(':')[2]}>"
    return escape(by or "nobody")


def packet_post(handoff: Handoff) -> Post:
    """The first message of a handoff's thread."""
    text = f"{_title(handoff)}\n{_shortened(handoff.packet.summary, 500)}"
    blocks = [section(f"*{_title(handoff)}*\n{_shortened(handoff.packet.summary, 2_000)}")]
    if facts := _packet_lines(handoff.packet):
        blocks.append(section(facts))
    if handoff.packet.last_messages:
        quoted = "\n".join(f"> {_one_line(line)}" for line in handoff.packet.last_messages[-8:])
        blocks.append(section(quoted[:SECTION_LIMIT]))
    blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": _status(handoff)}]})
    if offered := _OFFERED.get(handoff.status):
        blocks.append(_buttons(handoff.id, offered))
    return Post(text, tuple(blocks))


def _title(handoff: Handoff) -> str:
    who = _shortened(str(handoff.packet.contact.get("sender") or "A contact"), 80)
    channel = _shortened(str(handoff.packet.contact.get("channel") or ""), 40)
    urgency = "" if handoff.priority == "normal" else f"{handoff.priority.upper()}: "
    where = f" on {channel}" if channel else ""
    return f"{urgency}{who}{where}, {_shortened(handoff.packet.reason, 200)}"


def _packet_lines(packet: Packet) -> str:
    sure = f" ({packet.confidence:.0%})" if packet.confidence is not None else ""
    others = ", ".join(f"{guess.intent} ({guess.confidence:.0%})" for guess in packet.alternatives)
    lines = {
        "Wish": f"{packet.intent}{sure}" if packet.intent else "",
        "Or": others,
        "Known": ", ".join(f"{name}: {value}" for name, value in packet.slots.items() if value is not None),
        "Tried": "; ".join(f"{one.flow}/{one.step}: {one.outcome}" for one in packet.tried),
        "Stopped at": packet.failing_step or "",
        "Because": packet.failure or "",
        "Note": packet.note or "",
    }
    shown = [f"*{name}:* {_shortened(line, 400)}" for name, line in lines.items() if line]
    return "\n".join(shown)[:SECTION_LIMIT]


def _status(handoff: Handoff) -> str:
    if handoff.status == "waiting":
        return "Waits. What you write in this thread goes to the contact and claims it."
    if handoff.status == "claimed":
        return f"{shown_name(handoff.claimed_by)} has it. What they write in this thread goes to the contact."
    return f"{handoff.status.capitalize()}. Nothing written here reaches the contact any more."


def _buttons(handoff: str, offered: tuple[str, ...]) -> Block:
    elements = [
        {"type": "button", "action_id": f"{AGENT}{name}", "text": _plain(_LABELS[name]), "value": handoff}
        for name in offered
    ]
    return {"type": "actions", "block_id": f"{AGENT}{handoff}", "elements": elements}


def line_post(fact: Fact, own: str) -> Post | None:
    """What was said in the conversation meanwhile; None for what does not belong into the thread.

    own: how the keys of replies begin that were written in this thread.
    """
    text = _shortened(str(fact.data.get("text") or ""), SECTION_LIMIT)
    match fact.type:
        case "MessageReceived":
            return Post(f"*Contact:* {text or '(a file)'}")
        case "MessageEdited":
            return Post(f"*Contact* (edited): {text}")
        case "AgentReplied" if not str(fact.data.get("key", "")).startswith(own):
            return Post(f"*{shown_name(fact.data.get('by'))}:* {text}")
        case _:
            return None


def form(kind: str, handoff: str) -> dict[str, Any]:
    """The form for a reply or a note."""
    field = {"type": "plain_text_input", "action_id": FIELD, "multiline": True, "max_length": 3_000}
    label = "The contact reads this." if kind == "reply" else "Only colleagues read this."
    return {
        "type": "modal",
        "callback_id": f"{AGENT}{kind}",
        "private_metadata": handoff,
        "title": _plain(_LABELS[kind]),
        "submit": _plain("Send" if kind == "reply" else "Keep"),
        "close": _plain("Cancel"),
        "blocks": [{"type": "input", "block_id": BLOCK, "label": _plain(label), "element": field}],
    }


def _one_line(text: str) -> str:
    return " ".join(_shortened(text, 300).split())


def _shortened(text: str, most: int) -> str:
    """Escaped, and at most so long."""
    return escape(text if cost(text) <= most else split(text, most)[0] + " …")


def _plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}
