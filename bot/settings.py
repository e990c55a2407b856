"""What an operator sets, by environment variables with the prefix ``FRONTDESK_`` or a ``.env`` file."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """All settings, each with what it means. ``frontdesk config`` prints them with secrets masked."""

    model_config = SettingsConfigDict(
        env_prefix="FRONTDESK_", env_file=".env", extra="ignore", env_ignore_empty=True, validate_default=True
    )

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65_535, description="Port to listen on.")
    data_dir: Path = Field(ROOT / "data", description="Where the desk keeps its SQLite files, secret and caches.")
    database_url: str = Field(
        "", description="`sqlite:///desk.db` or `postgresql://user:password@host/name`. Empty: desk.db in DATA_DIR."
    )
    flows_dir: Path = Field(ROOT / "flows", description="The folder that admins author.")
    secret: SecretStr = Field(
        SecretStr(""), description="Signs visitor tokens. Empty: one is made and kept in DATA_DIR/secret."
    )
    http_allow: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Private hosts that HTTP actions may reach: `host-or-cidr:port`, separated by commas."
    )
    action_server: str = Field("", description="URL of a rasa_sdk action server, e.g. `http://127.0.0.1:5055/webhook`.")
    actions: Annotated[tuple[str, ...], NoDecode] = Field(
        ("actions",), description="Python packages to load actions from, separated by commas."
    )
    channels: Annotated[tuple[str, ...], NoDecode] = Field(
        ("channels.rest", "channels.webchat", "channels.terminal", "channels.slack"),
        description="Channel modules to load, separated by commas; installed packages add theirs by themselves.",
    )
    lease_seconds: float = Field(8.0, ge=1, le=300, description="How long a process that fell silent keeps its claims.")
    turn_wait_seconds: float = Field(
        2.0, gt=0, le=30, description="How long a turn waits for an action before it says so."
    )
    answer_timeout_seconds: float = Field(
        20.0, gt=0, le=300, description="How long a request on the REST channel waits for the replies of its turn."
    )
    messages_per_minute: int = Field(
        120,
        ge=1,
        description="Messages that one visitor may write in a minute (REST callers are yours: not limited).",
    )
    max_body_bytes: int = Field(262_144, ge=1_024, description="Largest HTTP request body that is read.")
    slack_bot_token: SecretStr = Field(
        SecretStr(""),
        description="Turns Slack on: `xoxb-…`; for several workspaces `T012=xoxb-…,T345=xoxb-…`; "
        "or the path of a file that holds either, read again when Slack refuses a token.",
    )
    slack_signing_secret: SecretStr = Field(
        SecretStr(""),
        description="Tells that a request comes from Slack. While it is being changed: the new and the old, "
        "separated by a comma.",
    )
    slack_app_token: SecretStr = Field(
        SecretStr(""), description="`xapp-…`: Socket Mode, for a desk that Slack cannot reach over HTTP."
    )
    slack_api_url: str = Field("https://slack.com/api/", description="Where Slack's Web API is.")
    slack_teams: str = Field(
        "",
        description="The channels in which agents work: `support=C012,billing=C345,*=C678`; `*` is every other team, "
        "`T012/C345` names the workspace, too.",
    )
    reload: bool = Field(True, description="Watch FLOWS_DIR and load changes while running.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_format: str = Field("text", pattern="^(text|json)$", description="`text` for people, `json` for machines.")

    @field_validator("http_allow", "actions", "channels", mode="before")
    @classmethod
    def _commas(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _plain_url(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in ("sqlite", "postgresql", "postgres"):
            raise ValueError("write it as sqlite:///desk.db or postgresql://user:password@host/name, without a driver")
        return value

    @property
    def database(self) -> str:
        """The plain database URL, with its default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'desk.db'}"
