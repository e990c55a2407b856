"""The app's manifest, to be pasted where Slack makes an app (docs.slack.dev/reference/app-manifest)."""

from typing import Any, Final

from channels.slack.manifest_words import COMMAND, FORM

BOT_SCOPES: Final = (
    "app_mentions:read",  # mentions in channels
    "channels:history",  # threads of public channels, and what has arrived there
    "chat:write",
    "commands",
    "files:read",  # what files say of themselves
    "files:write",  # files of replies
    "groups:history",  # the same in private channels
    "im:history",  # direct messages
    "im:write",
    "mpim:history",  # and in direct messages of several
    "reactions:read",
    "users:read",  # names of contacts, for agents
)
EVENTS: Final = (
    "app_mention",
    "app_uninstalled",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "reaction_added",
    "tokens_revoked",
)


def manifest(url: str | None) -> dict[str, Any]:
    """url: where the desk can be reached, as in ``https://desk.example.com``; None: Socket Mode, which needs none."""
    to = {"request_url": f"{url.rstrip('/')}/slack/events"} if url else {}
    command = {"command": COMMAND, "description": "Ask the desk", "usage_hint": "what you need", "should_escape": True}
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "Frontdesk",
            "description": "Answers, does what can be done, fetches a person.",
        },
        "features": {
            "app_home": {"messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
            "bot_user": {"display_name": "frontdesk", "always_online": True},
            "shortcuts": [
                {"name": "Ask the desk", "type": "global", "callback_id": FORM, "description": "Opens a form"},
                {"name": "Ask about this", "type": "message", "callback_id": FORM, "description": "Asks what it says"},
            ],
            "slash_commands": [command | ({"url": to["request_url"]} if to else {})],
        },
        "oauth_config": {"scopes": {"bot": list(BOT_SCOPES)}},
        "settings": {
            "event_subscriptions": {**to, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **to},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }
