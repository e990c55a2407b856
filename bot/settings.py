"""What an operator sets, by environment variables with the prefix ``FRONTDESK_`` or a ``.env`` file."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


def _sendable_key(value: SecretStr) -> SecretStr:
    """Without the space or line end that is copied along; a header could not carry it."""
    key = value.get_secret_value().strip()
    if not re.fullmatch(r"[!-~]*", key):
        raise ValueError("it holds a space or a letter that no key has: copy it again")
    return SecretStr(key)


def _web_address(value: str) -> str:
    """An address with its scheme, without the slash behind it."""
    if value and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", value):
        raise ValueError("it is no base URL: write it as https://models.example.com/v1")
    return value.rstrip("/")


class ModelKey(BaseModel):
    """The key of a team or connection for the models of one provider.

    base_url:      empty: the provider's own.
    quick, strong: what `model: quick` and `model: strong` are there; empty: as for the desk's own key, where that is of
                   the same provider, else the provider's usual ones.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: Literal["anthropic", "openai"]
    api_key: Annotated[SecretStr, AfterValidator(_sendable_key)]
    base_url: Annotated[str, AfterValidator(_web_address)] = ""
    quick: str = ""
    strong: str = ""

    @field_validator("api_key")
    @classmethod
    def _given(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value():
            raise ValueError("it is empty: a name without a key has to be left out")
        return value


class Settings(BaseSettings):
    """All settings, each with what it means. ``frontdesk config`` prints them with secrets masked."""

    model_config = SettingsConfigDict(
        env_prefix="FRONTDESK_",
        env_file=".env",
        extra="ignore",
        env_ignore_empty=True,
        validate_default=True,
        populate_by_name=True,
        hide_input_in_errors=True,  # it may be a secret
    )

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65_535, description="Port to listen on.")
    data_dir: Path = Field(ROOT / "data", description="Where the desk keeps its SQLite files, secret and caches.")
    encoder: bool = Field(
        True,
        description="Understand by meaning as well as by words. `false`: by words alone, quicker and in less memory.",
    )
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
        ("channels.rest", "channels.webchat", "channels.terminal", "channels.telegram", "channels.slack"),
        description="Channel modules to load, separated by commas; installed packages add theirs by themselves.",
    )
    telegram_token: SecretStr = Field(
        SecretStr(""), description="The bot's token from @BotFather. Empty: Telegram is off."
    )
    telegram_webhook_secret: SecretStr = Field(
        SecretStr(""), description="What Telegram shows with each update: 1 to 256 of `A-Z a-z 0-9 _ -`."
    )
    telegram_api_url: str = Field(
        "https://api.telegram.org", description="Where the Bot API is; another for a server of your own."
    )
    telegram_mode: Literal["webhook", "polling"] = Field(
        "webhook", description="`webhook`: Telegram calls the desk; `polling`: the desk asks Telegram."
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
    anthropic_api_key: Annotated[SecretStr, AfterValidator(_sendable_key)] = Field(
        SecretStr(""), validation_alias="ANTHROPIC_API_KEY", description="Connects Claude. Empty: it is not asked."
    )
    anthropic_base_url: Annotated[str, AfterValidator(_web_address)] = Field(
        "", validation_alias="ANTHROPIC_BASE_URL", description="Where Claude is. Empty: Anthropic's own address."
    )
    openai_api_key: Annotated[SecretStr, AfterValidator(_sendable_key)] = Field(
        SecretStr(""), validation_alias="OPENAI_API_KEY", description="Connects an OpenAI-compatible endpoint."
    )
    openai_base_url: Annotated[str, AfterValidator(_web_address)] = Field(
        "", validation_alias="OPENAI_BASE_URL", description="Where that endpoint is. Empty: OpenAI's own address."
    )
    model_keys: dict[str, ModelKey] = Field(
        default_factory=dict,
        description='Keys of teams and connections, as JSON: `{"billing": {"provider": "anthropic", "api_key": "…"}}`; '
        "also `base_url`, `quick` and `strong`.",
    )
    model_quick: str = Field("", description="`provider:model` for small work. Empty: the provider's small one.")
    model_strong: str = Field("", description="`provider:model` for hard work. Empty: the provider's large one.")
    model_fallbacks: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="`provider:model`s that are asked when the first does not answer, separated by commas."
    )
    model_deadline_seconds: float = Field(
        10.0, gt=0, le=300, description="How long a call of a model may take, with retries and repair."
    )
    model_retries: int = Field(2, ge=0, le=5, description="Further requests of a call whose first one brought nothing.")
    model_parse: Literal["never", "unclear", "always"] = Field(
        "unclear", description="Which messages a connected model reads: `never`, `unclear` ones, or `always`."
    )
    model_parse_seconds: float = Field(
        4.0, gt=0, le=60, description="How long a turn waits for a model to read a message."
    )
    model_usd_per_day: float = Field(
        0.0, ge=0, description="What models may cost in a day (UTC), all processes together. 0: no limit."
    )
    model_at_once: int = Field(16, ge=1, le=1_000, description="Calls of models under way at a time in a process.")
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
    webchat_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Sites that may show the web chat: `https://shop.example.com`, `https://*.example.com`, separated "
        "by commas. The desk's own pages always may.",
    )
    webchat_identity_secret: SecretStr = Field(
        SecretStr(""),
        description="Your sites sign with it who their visitor is; at least 32 characters. While it is being changed: "
        "the new and the old, separated by a comma.",
    )
    webchat_identity_required: bool = Field(
        False, description="Nobody chats on the web whom no site of yours has signed."
    )
    webchat_known_days: float = Field(
        90.0, gt=0, le=730, description="How long a visitor who stays away finds the conversation again."
    )
    webchat_file_bytes: int = Field(
        10_485_760, ge=0, le=104_857_600, description="Largest file that a web visitor may send. 0: none at all."
    )
    webchat_file_days: float = Field(
        90.0, ge=0, le=3_650, description="How long files of web visitors are kept, in days. 0: for ever."
    )
    webchat_per_minute: int = Field(
        600, ge=1, description="Messages, files and new visitors of the web chat from one network address in a minute."
    )
    reload: bool = Field(True, description="Watch FLOWS_DIR and load changes while running.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_format: str = Field("text", pattern="^(text|json)$", description="`text` for people, `json` for machines.")

    @field_validator("http_allow", "actions", "channels", "model_fallbacks", "webchat_origins", mode="before")
    @classmethod
    def _commas(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("model_quick", "model_strong", "model_fallbacks")
    @classmethod
    def _full_names(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for name in (value,) if isinstance(value, str) else value:
            if (name and name.partition(":")[0] not in ("anthropic", "openai")) or name.endswith(":"):
                raise ValueError(f"{name!r} is no model: write it as anthropic:claude-haiku-5-5 or openai:name")
        return value

    @field_validator("webchat_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not re.fullmatch(r"https?://(\*\.)?[a-z0-9.-]+(:[0-9]{1,5})?", origin):
                raise ValueError(f"{origin!r} is no origin: write it as https://shop.example.com, in small letters")
        return value

    @field_validator("webchat_identity_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        secret = value.get_secret_value()
        if secret and any(len(one.strip()) < 32 for one in secret.split(",")):
            raise ValueError("it needs at least 32 characters. Make one, for instance with: openssl rand -hex 32")
        return value

    @field_validator("database_url")
    @classmethod
    def _plain_url(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in ("sqlite", "postgresql", "postgres"):
            raise ValueError("write it as sqlite:///desk.db or postgresql://user:password@host/name, without a driver")
        return value

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        secret = self.telegram_webhook_secret.get_secret_value()
        if not self.telegram_token.get_secret_value():
            return self
        if self.telegram_mode == "polling" and secret:
            raise ValueError(
                "FRONTDESK_TELEGRAM_MODE is polling, and there is a FRONTDESK_TELEGRAM_WEBHOOK_SECRET: Telegram serves "
                "one of both. Leave the secret out, or set the mode to webhook"
            )
        if self.telegram_mode == "webhook" and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise ValueError(
                "FRONTDESK_TELEGRAM_WEBHOOK_SECRET has to be 1 to 256 of A-Z a-z 0-9 _ -, so that nobody else can post "
                "as Telegram. Make one, for instance with: openssl rand -hex 32"
            )
        return self

    @property
    def database(self) -> str:
        """The plain database URL, with its default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'desk.db'}"
