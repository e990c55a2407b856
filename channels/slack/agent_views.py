"""What agents see in Slack: the packet with its buttons, and the forms behind two of them."""

import re
from typing import Any, Final

from bot.model.handoff import Handoff, Packet
from bot.model.message import FileRef
from bot.ports import Fact
from channels.signed_files import shown_link
from channels.slack.agent_words import Words, reason_of
from channels.slack.blocks import Block, section
from channels.slack.render import Post
from channels.slack.text import SECTION_LIMIT, cost, escape, split

AGENT: Final = "agent:"
"""How the action ids and callback ids of agents begin."""
BLOCK: Final = "agent_text"
FIELD: Final = "text"
_BY: Final = "slack:"
_EMOJI: Final = re.compile(r"[\w+'-]+(::skin-tone-\d)?", re.ASCII)
MOST_QUOTED: Final = 8
LONGEST_SENDER: Final = 16
SPEAKERS: Final = ("contact", "bot", "agent")
MAX_TITLE: Final = 24
MAX_LABEL: Final = 75
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


def packet_post(handoff: Handoff, words: Words, name: str = "") -> Post:
    """The first message of a handoff's thread. name: the contact's, where it is known."""
    title = _title(handoff, words, name)
    text = f"{title}\n{_shortened(handoff.packet.summary, 500)}"
    blocks = [section(f"*{title}*\n{_shortened(handoff.packet.summary, 2_000)}")]
    if facts := _packet_lines(handoff.packet, words):
        blocks.append(section(facts))
    if handoff.packet.last_messages:
        quoted = "\n".join(
            f"> {_one_line(_named(line, words))}" for line in handoff.packet.last_messages[-MOST_QUOTED:]
        )
        blocks.append(section(quoted[:SECTION_LIMIT]))
    blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": _status(handoff, words)}]})
    if offered := _OFFERED.get(handoff.status):
        blocks.append(_buttons(handoff.id, offered, words))
    return Post(text, tuple(blocks))


def _title(handoff: Handoff, words: Words, name: str) -> str:
    who = _shortened(name or _nameless(str(handoff.packet.contact.get("sender") or ""), words), 80)
    channel = _shortened(str(handoff.packet.contact.get("channel") or ""), 40)
    urgency = "" if handoff.priority == "normal" else f"{words(handoff.priority)}: "
    return urgency + " · ".join(
        part for part in (who, channel, _shortened(reason_of(words, handoff.packet.reason), 200)) if part
    )


def _nameless(sender: str, words: Words) -> str:
    """Of a long random name its beginning tells people apart well enough."""
    if sender and len(sender) <= LONGEST_SENDER:
        return sender
    return f"{words('contact')} {sender[:6]}".strip()


def _packet_lines(packet: Packet, words: Words) -> str:
    sure = f" ({packet.confidence:.0%})" if packet.confidence is not None else ""
    others = ", ".join(
        f"{guess.intent} ({guess.confidence:.0%})" for guess in packet.alternatives if guess.intent != packet.intent
    )
    lines = {
        "wish": f"{packet.intent}{sure}" if packet.intent else "",
        "or": others,
        "known": ", ".join(f"{name}: {value}" for name, value in packet.slots.items() if value is not None),
        "tried": "; ".join(f"{one.flow}/{one.step}: {one.outcome}" for one in packet.tried),
        "stopped_at": packet.failing_step or "",
        "because": packet.failure or "",
        "note": packet.note or "",
    }
    shown = [f"*{escape(words(name))}:* {_shortened(line, 400)}" for name, line in lines.items() if line]
    return "\n".join(shown)[:SECTION_LIMIT]


def _status(handoff: Handoff, words: Words) -> str:
    who = f"{shown_name(handoff.claimed_by)} " if handoff.status == "claimed" else ""
    return who + escape(words(handoff.status))


def _buttons(handoff: str, offered: tuple[str, ...], words: Words) -> Block:
    elements = [
        {"type": "button", "action_id": f"{AGENT}{name}", "text": _plain(words(name), MAX_LABEL), "value": handoff}
        for name in offered
    ]
    return {"type": "actions", "block_id": f"{AGENT}{handoff}", "elements": elements}


def line_post(fact: Fact, own: str, words: Words) -> Post | None:
    """What was said in the conversation meanwhile; None for what does not belong into the thread.

    own: how the keys of replies begin that were written in this thread.
    """
    text, contact = _shortened(str(fact.data.get("text") or ""), SECTION_LIMIT), escape(words("contact"))
    match fact.type:
        case "MessageReceived":
            return Post(f"*{contact}:* {_with_files(text, fact)}")
        case "MessageEdited":
            return Post(f"*{contact}* ({escape(words('edited'))}): {_with_files(text, fact)}")
        case "MessageDeleted":
            return Post(f"*{contact}* {escape(words('deleted'))}")
        case "ReactionAdded" if _EMOJI.fullmatch(text):
            return Post(f"*{contact}:* :{text}:")
        case "ConversationClosed":
            why = _shortened(str(fact.data.get("why") or ""), 300)
            return Post(f"*{contact}* {escape(words('unreachable'))}: {why}")
        case "AgentReplied" if not str(fact.data.get("key", "")).startswith(own):
            return Post(f"*{shown_name(fact.data.get('by'))}:* {_with_files(text, fact)}")
        case _:
            return None


def files_in(fact: Fact) -> list[FileRef]:
    """What came with a message of the contact's."""
    listed = fact.data.get("files")
    given = listed if fact.type == "MessageReceived" and isinstance(listed, list) else []
    return [FileRef.model_validate(one) for one in given if isinstance(one, dict)]


def _with_files(text: str, fact: Fact) -> str:
    """Files by their names: one that cannot be brought here is named all the same."""
    listed = fact.data.get("files")
    given = listed if isinstance(listed, list) else []
    names = [str(one.get("name") or "…") if isinstance(one, dict) else shown_link(str(one)) for one in given]
    return "\n".join([*([text] if text else []), *(f"📎 {_shortened(name, 200)}" for name in names)]) or "…"


def form(kind: str, handoff: str, words: Words) -> dict[str, Any]:
    """The form for a reply or a note."""
    field = {"type": "plain_text_input", "action_id": FIELD, "multiline": True, "max_length": 3_000}
    label = _plain(words(f"{kind}_label"), MAX_TITLE * 10)
    return {
        "type": "modal",
        "callback_id": f"{AGENT}{kind}",
        "private_metadata": handoff,
        "title": _plain(words(kind), MAX_TITLE),
        "submit": _plain(words("send" if kind == "reply" else "keep"), MAX_TITLE),
        "close": _plain(words("cancel"), MAX_TITLE),
        "blocks": [{"type": "input", "block_id": BLOCK, "label": label, "element": field}],
    }


def _named(line: str, words: Words) -> str:
    """A line of the conversation, which begins with who said it."""
    who, colon, said = line.partition(": ")
    return f"{words(who)}: {said}" if colon and who in SPEAKERS else line


def _one_line(text: str) -> str:
    return " ".join(_shortened(text, 300).split())


def _shortened(text: str, most: int) -> str:
    """Escaped, and at most so long."""
    return escape(text if cost(text) <= most else split(text, most)[0] + " …")


def _plain(text: str, most: int) -> dict[str, str]:
    return {"type": "plain_text", "text": text if len(text) <= most else text[: most - 1] + "…"}
