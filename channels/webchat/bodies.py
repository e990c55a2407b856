"""What is posted to the web chat, and what it answers."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.model.form import LONGEST_VALUE, MOST_FIELDS
from bot.model.message import MAX_TEXT, Name

MOST_FILES = 5


class WebForm(BaseModel):
    """The form of this id, filled in."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1, max_length=64)
    fields: dict[Name, Annotated[Name, Field(max_length=LONGEST_VALUE)]] = Field(max_length=MOST_FIELDS)


class WebMessage(BaseModel):
    """Words, the payload of a button with its title as ``text``, files (links that /webchat/files has answered), or a
    form that was filled in: the text of each field by its slot."""

    model_config = ConfigDict(extra="forbid")

    client_msg_id: str = Field(
        pattern=r"^[A-Za-z0-9_-]{8,64}$", description="Made by the client; a repeat is no new message."
    )
    text: Name = Field("", max_length=MAX_TEXT)
    payload: Name | None = Field(None, min_length=1, max_length=4_000)
    files: list[str] = Field(default_factory=list, max_length=MOST_FILES)
    form: WebForm | None = None
    timezone: Name | None = Field(None, max_length=64, description="Where the visitor's clock hangs: `Europe/Berlin`.")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.form is not None and (self.text or self.payload is not None or self.files):
            raise ValueError("a form comes alone. Send the rest as another message")
        if not self.text.strip() and self.payload is None and not self.files and self.form is None:
            raise ValueError("the message is empty. Write something into `text`")
        return self


class Arrival(BaseModel):
    """identity: the token that a site's server has made for who is logged in there."""

    model_config = ConfigDict(extra="forbid")

    identity: str | None = Field(None, max_length=2_000)


class Receipt(BaseModel):
    """The visitor has seen everything up to this reply."""

    model_config = ConfigDict(extra="forbid")

    number: int = Field(ge=1, lt=2**62)


class NewVisitor(BaseModel):
    """expires_in: seconds. files: what may be sent, none when ``max_bytes`` is 0."""

    token: str
    expires_in: int
    name: str | None = None
    max_file_bytes: int
    file_endings: list[str]


class Taken(BaseModel):
    """``seq`` is the message's number among all that came in; ``duplicate``: it was known already."""

    seq: int
    duplicate: bool


class KeptFile(BaseModel):
    """``url``: the signed link, for a message and for the visitor."""

    url: str
    name: str
    media_type: str
    size: int


class News(BaseModel):
    """``replies`` as on the stream, and who has the floor."""

    replies: list[dict[str, Any]]
    standing: dict[str, Any]
