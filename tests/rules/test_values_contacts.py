from typing import Any

import pytest

from bot.model.slot import SlotSpec
from bot.rules.values import Refused, read_value
from tests.rules.asking import NOW, answer


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("bob@example.com", "bob@example.com"),
        ("it's Bob@Example.COM, thanks", "Bob@example.com"),
        ("<mailto:bob@example.com|bob@example.com>", "bob@example.com"),
        ("'bob@example.com'", "bob@example.com"),
        ("first.last+tag@mail.example.co.uk!", "first.last+tag@mail.example.co.uk"),
        ("jörg@müller.de", "jörg@müller.de"),
        ("a@example.com or b@example.com", "refused: several"),
        ("bob@", "refused: not_an_email"),
        ("bob@localhost", "refused: not_an_email"),
        ("bob@@example.com", "refused: not_an_email"),
        ("find me at example.com", "refused: not_an_email"),
        ("x" * 65 + "@example.com", "refused: not_an_email"),
    ],
)
def test_an_email_is_found_in_a_sentence(text: str, address: str) -> None:
    assert answer("email", text) == address


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+49 30 901820", "+4930901820"),
        ("0049 30 901820", "+4930901820"),
        ("030 901820", "+4930901820"),
        ("(030) 90-1820", "+4930901820"),
        ("call 0171 1234567 please", "+491711234567"),
        ("+1 202 555 0143", "+12025550143"),
        ("030901820 or 030901821", "refused: several"),
        ("123", "refused: not_a_phone"),
        ("12345678901234567890", "refused: not_a_phone"),
        ("no idea", "refused: not_a_phone"),
    ],
)
def test_a_phone_number_is_kept_in_e164(text: str, number: str) -> None:
    """Without a country code it belongs to the country of the desk's time zone."""
    assert answer("phone", text) == number


def test_a_phone_number_of_a_named_region() -> None:
    assert answer("phone", "(202) 555-0143", region="US") == "+12025550143"


def test_where_no_country_is_clear_the_country_code_is_asked_for() -> None:
    read = read_value(SlotSpec(type="phone"), "030 901820", now=NOW, timezone="UTC")
    assert read == Refused("needs_country_code")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://Example.com/Path", "https://example.com/Path"),
        ("see http://example.com/x, ok?", "http://example.com/x"),
        ("(see https://example.com/wiki/Desk_(chat)), ok?", "https://example.com/wiki/Desk_(chat)"),
        ("[https://example.com/a?b=(c)&d=1].", "https://example.com/a?b=(c)&d=1"),
        ("www.example.com.", "https://www.example.com"),
        ("example.com/a?b=1", "https://example.com/a?b=1"),
        ("my shop is example.shop", "https://example.shop"),
        ("example.museum", "https://example.museum"),
        ("http://192.0.2.1:8080/x", "http://192.0.2.1:8080/x"),
        ("javascript:alert(1)", "refused: not_a_url"),
        ("http://", "refused: not_a_url"),
        ("http://[::1", "refused: not_a_url"),
        ("http://example.com:99999/", "refused: not_a_url"),
        ("fine, thanks.bye then", "refused: not_a_url"),
        ("bob@example.com", "refused: not_a_url"),
        ("https://a.example.com and https://b.example.com", "refused: several"),
    ],
)
def test_a_url_gets_a_scheme_and_a_host_in_lower_case(text: str, address: Any) -> None:
    assert answer("url", text) == address
