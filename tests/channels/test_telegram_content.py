"""What people send beside words, as the desk reads it. Shapes: core.telegram.org/bots/webhooks, "Testing your bot"."""

import pytest

from bot.model.base import JsonObject
from bot.model.message import Message
from channels.telegram.inbound import Me, address_of, edit_of, is_for_me, message_of, sender_of
from channels.telegram.shapes import read_update

ME = Me(4242, "desk_bot")
PERSON = {"last_name": "Test Lastname", "id": 1111111, "first_name": "Test", "username": "Test"}
CHAT = {"last_name": "Test Lastname", "id": 1111111, "type": "private", "first_name": "Test", "username": "Test"}
MB = 1_000_000


def read(**content: object) -> Message | None:
    """A message of the shape that Telegram's own examples have."""
    raw = {
        "update_id": 10000,
        "message": {"date": 1441645532, "chat": CHAT, "message_id": 1365, "from": PERSON, **content},
    }
    message = read_update(raw).message
    assert message is not None
    who = sender_of(message)
    assert who is not None
    return message_of(message, address_of(message, who, ME, "telegram", 1111111), ME, who)


def heard(**content: object) -> Message:
    message = read(**content)
    assert message is not None
    return message


def test_a_text() -> None:
    message = heard(text="hello there")
    assert (message.text, message.kind, message.event_id) == ("hello there", "text", "1111111/1365")
    assert (message.address.sender, message.address.thread, message.address.account) == ("1111111", "", "4242")
    assert message.metadata == {"name": "Test"}


def test_a_command_is_a_payload_and_a_command_with_words_is_text() -> None:
    command = [{"type": "bot_command", "offset": 0, "length": 6}]
    assert (heard(text="/hours", entities=command).payload, heard(text="/hours", entities=command).kind) == (
        "/hours",
        "button",
    )
    message = heard(text="/hours on Sunday", entities=command)
    assert (message.payload, message.text, message.kind) == (None, "/hours on Sunday", "text")
    named = [{"type": "bot_command", "offset": 0, "length": 15}]
    assert heard(text="/hours@desk_bot", entities=named).payload == "/hours"


@pytest.mark.parametrize(("size", "has_way"), [(19 * MB, True), (20 * MB, True), (21 * MB, False), (None, True)])
def test_tg14_a_file_that_the_bot_api_does_not_hand_out_is_named_without_a_way_to_it(
    size: int | None, has_way: bool
) -> None:
    document = {"file_id": "AwADBAADbXXXGBdhD2l6_XX", "file_name": "Testfile.pdf", "mime_type": "application/pdf"}
    (file,) = heard(document=document | ({"file_size": size} if size else {})).files
    assert (file.name, file.media_type, file.size) == ("Testfile.pdf", "application/pdf", size)
    assert (file.url is not None) == has_way


FILES: dict[str, tuple[JsonObject, tuple[str, str]]] = {
    "photo": (
        {"photo": [{"file_id": "s", "file_size": 100}, {"file_id": "l", "file_size": 900}], "caption": "see"},
        ("photo.jpg", "image/jpeg"),
    ),
    "voice": ({"voice": {"file_id": "v", "mime_type": "audio/ogg", "file_size": 1}}, ("voice", "audio/ogg")),
    "audio": ({"audio": {"file_id": "a", "file_name": "song.mp3"}}, ("song.mp3", "audio/mpeg")),
    "video": ({"video": {"file_id": "v", "mime_type": "video/mp4"}}, ("video", "video/mp4")),
    "round video": ({"video_note": {"file_id": "v"}}, ("video_note", "video/mp4")),
    "animation": (
        {"animation": {"file_id": "g"}, "document": {"file_id": "g", "file_name": "g.mp4"}},
        ("animation", "video/mp4"),
    ),
    "sticker": ({"sticker": {"file_id": "s", "emoji": "\U0001f44d"}}, ("sticker", "image/webp")),
}


@pytest.mark.parametrize("name", FILES)
def test_files_are_named_with_what_they_say_of_themselves(name: str) -> None:
    content, expected = FILES[name]
    message = heard(**content)
    assert [(file.name, file.media_type) for file in message.files] == [expected]
    assert message.text == {"photo": "see", "sticker": "\U0001f44d"}.get(name, "")


def test_the_largest_size_of_a_photo_is_the_one_that_counts() -> None:
    (file,) = heard(**FILES["photo"][0]).files
    assert file.size == 900


def test_a_place_and_a_phone_number_are_words_and_data() -> None:
    place = heard(location={"latitude": 52.52, "longitude": 13.405})
    assert (place.text, place.metadata["location"]) == (
        "52.520000, 13.405000",
        {"latitude": 52.52, "longitude": 13.405},
    )
    venue = heard(venue={"title": "Cafe", "address": "Main St 1"}, location={"latitude": 1, "longitude": 2})
    assert venue.text == "Cafe, Main St 1"
    contact = heard(contact={"phone_number": "+4930123", "first_name": "Ada"})
    assert contact.text == "+4930123"
    assert contact.metadata["contact"]["first_name"] == "Ada"


@pytest.mark.parametrize(
    "content", [{"new_chat_title": "x"}, {"poll": {"id": "1"}}, {"pinned_message": {}}, {"text": "   "}, {}]
)
def test_what_says_nothing_to_the_desk_is_no_message(content: JsonObject) -> None:
    assert read(**content) is None


def test_text_of_any_length_and_with_odd_characters_is_kept_within_bounds() -> None:
    assert len(heard(text="\U0001f600" * 20_000).text) == 16_000
    assert heard(text="a\0b").text == "ab"


def test_mentions_are_cut_out_by_utf_16_units() -> None:
    text = "\U0001f44b @desk_bot when open?"
    entities = [{"type": "mention", "offset": 3, "length": 9}]
    message = heard(text=text, entities=entities)
    assert message.text == "\U0001f44b  when open?"


def test_an_answer_says_what_it_answers_and_an_edit_what_it_changes() -> None:
    original = {"text": "Original", "chat": CHAT, "date": 1441645000, "from": PERSON, "message_id": 1334}
    assert heard(text="yes", reply_to_message=original).metadata["reply_to"] == "1111111/1334"
    raw = {"update_id": 7, "edited_message": {**original, "edit_date": 1441646600, "text": "Edited"}}
    edited = read_update(raw).edited_message
    assert edited is not None
    who = sender_of(edited)
    assert who is not None
    edit = edit_of(edited, 7, address_of(edited, who, ME, "telegram", 1111111), ME)
    assert edit is not None
    assert (edit.kind, edit.text, edit.refers_to, edit.event_id) == (
        "edit",
        "Edited",
        "1111111/1334",
        "1111111/1334/edit/7",
    )


def test_a_mention_without_a_user_name_is_one_too() -> None:
    group = {"id": -5, "type": "group"}
    entities = [{"type": "text_mention", "offset": 0, "length": 4, "user": {"id": 4242, "is_bot": True}}]
    raw = {
        "update_id": 1,
        "message": {"message_id": 1, "chat": group, "from": PERSON, "text": "Desk hi", "entities": entities},
    }
    message = read_update(raw).message
    assert message is not None
    assert is_for_me(message, ME)
    assert not is_for_me(message, Me(1, "other_bot"))


def test_order_within_a_second_is_that_of_the_messages_numbers() -> None:
    first, second = heard(text="1", message_id=10), heard(text="2", message_id=11)
    assert first.sent_at is not None
    assert second.sent_at is not None
    assert first.sent_at < second.sent_at
