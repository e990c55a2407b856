"""E-mail addresses, telephone numbers and web addresses."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from bot.rules.values.answer import Answer, Context, Filled, Found, Refused, only_one
from bot.rules.values.rewriting import rewritten

_LOCAL = r"\w.!#$%&'*+=?^~-"
_LABEL = re.compile(r"['.]*(?:(?:e-?mail|mail|to|cc|from|user|login|address|adresse)=)?", re.IGNORECASE)
"""Stands before an address in what was copied, and would be part of it by the letter of the standard."""
_EMAIL = re.compile(rf"(?<![{_LOCAL}])[{_LOCAL}]{{1,64}}@[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,8}}")


_BRACKETS = re.compile(
    r"\s*[\[({<]\s*(?:(?P<at>at|ät|@|klammeraffe)|(?P<dot>dot|punkt|\.))\s*[\])}>]\s*", re.IGNORECASE
)


def find_emails(text: str) -> list[Found]:
    """Addresses that could exist, with their domain in lower case, also "bob(at)example.com". Nobody is asked whether
    they do."""
    said = rewritten(text, _BRACKETS, lambda match: "@" if match["at"] else ".")
    return said.back(_addresses(said.text)) if "@" in said.text else []


def _addresses(text: str) -> list[Found]:
    found = []
    for match in _EMAIL.finditer(text):
        lead = 0 if (label := _LABEL.match(match[0])) is None else label.end()
        address = _email(match[0][lead:])
        if address is not None:
            found.append(Found(address, match.start() + lead, match.end()))
    return found


def _email(text: str) -> str | None:
    try:
        return validate_email(text, check_deliverability=False).normalized
    except (EmailNotValidError, ValueError):
        return None


_APART = re.compile(r"(?<=[\w.+-])\s*@\s+(?=\w)|(?<=[\w+-])\s+@\s*(?=\w)")
_COMMA = re.compile(r"(?<=@)(?P<name>[\w-]{1,63}),\s?(?=(?:com|org|net|de|at|ch|eu|uk|io|info)\b)", re.IGNORECASE)
_SPOKEN = re.compile(
    r"(?<![\w.])(?P<name>[\w.+-]+(?:\s(?:dot|punkt)\s[\w+-]+)*)\s(?:at|ät)\s"
    r"(?P<domain>[\w-]+(?:(?:\s(?:dot|punkt|point)\s|\.)[\w-]+)+)",
    re.IGNORECASE,
)
_SPOKEN_DOT = re.compile(r"\s(?:dot|punkt|point)\s", re.IGNORECASE)
_NO_NAMES = frozenset(
    "am im m is are was be look looking mail write reach call me us it that this here only or".split()
)
"""Words before "at" that are no part of an address: "I am at example.com"."""


def read_email(text: str) -> Answer:
    """The address as written, its domain in lower case; also spelt out: "bob at example dot com", "bob (at) x.de"."""
    found = find_emails(text) or find_emails(_COMMA.sub(r"\g<name>.", _APART.sub("@", text)))
    return only_one(found or find_emails(_SPOKEN.sub(_as_address, text)), "not_an_email")


def _as_address(match: re.Match[str]) -> str:
    name, domain = (_SPOKEN_DOT.sub(".", match[part]) for part in ("name", "domain"))
    return match[0] if name.casefold() in _NO_NAMES else f"{name}@{domain}"


_DIALLED = re.compile(r"\d(?:\D{0,3}\d){5}")
_INTERNATIONAL = re.compile(r"(?:\+|\b00)\d[\d\s()./-]{5,24}")
_PLUS = re.compile(r"\bplus\s?(?=\d)", re.IGNORECASE)
_MATCHER_TRIES = 20


def find_phones(text: str, region: str | None) -> list[Found]:
    """Telephone numbers in E.164 form (``+4930901820``): with country code, or such as the region has."""
    if not _DIALLED.search(text):
        return []
    tries = phonenumbers.PhoneNumberMatcher(text, region, max_tries=_MATCHER_TRIES)
    found = [Found(_e164(match.number), match.start, match.end) for match in tries]
    return found or list(_possible_phones(text))


def _possible_phones(text: str) -> Iterator[Found]:
    """Whoever writes a country code means a telephone number, even one newer than our tables."""
    for match in _INTERNATIONAL.finditer(text):
        if text[: match.start()].rstrip(" -")[-1:].isdigit():
            continue  # in the midst of a longer number: an IBAN, a card
        written = match[0].strip(" ./-(")
        try:
            number = phonenumbers.parse("+" + written.removeprefix("+").removeprefix("00"), None)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            yield Found(_e164(number), match.start(), match.start() + len(written))


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def read_phone(text: str, context: Context) -> Answer:
    """E.164: a plus sign and digits."""
    text = _PLUS.sub("+", text)
    answer = only_one(find_phones(text, context.region), "not_a_phone")
    unplaced = isinstance(answer, Refused) and answer.code == "not_a_phone" and context.region is None
    if unplaced and "+" not in text and _DIALLED.search(text):
        return Refused("needs_country_code")
    return answer


_ZONES_OF_REGION = {
    "DE": "Europe/Berlin Europe/Busingen", "AT": "Europe/Vienna", "CH": "Europe/Zurich",
    "GB": "Europe/London", "IE": "Europe/Dublin", "FR": "Europe/Paris", "ES": "Europe/Madrid",
    "PT": "Europe/Lisbon", "IT": "Europe/Rome",
    "NL": "Europe/Amsterdam", "BE": "Europe/Brussels", "LU": "Europe/Luxembourg", "DK": "Europe/Copenhagen",
    "SE": "Europe/Stockholm", "NO": "Europe/Oslo", "FI": "Europe/Helsinki", "PL": "Europe/Warsaw",
    "CZ": "Europe/Prague", "HU": "Europe/Budapest", "GR": "Europe/Athens", "TR": "Europe/Istanbul",
    "US": "America/New_York America/Chicago America/Denver America/Phoenix America/Los_Angeles",
    "CA": "America/Toronto America/Vancouver", "BR": "America/Sao_Paulo", "MX": "America/Mexico_City",
    "IN": "Asia/Kolkata", "JP": "Asia/Tokyo", "KR": "Asia/Seoul", "SG": "Asia/Singapore",
    "AU": "Australia/Sydney Australia/Melbourne Australia/Brisbane Australia/Perth", "NZ": "Pacific/Auckland",
}  # fmt: skip
_REGIONS = {zone: region for region, zones in _ZONES_OF_REGION.items() for zone in zones.split()}


_DAY_FIRST_IN_ENGLISH = frozenset({"GB", "IE", "AU", "NZ", "IN", "SG"})


def month_first(language: str, region: str | None) -> bool:
    """Whether 3/4 is the 4th of March: in English, but where English-speaking countries write the day first."""
    return language == "en" and region not in _DAY_FIRST_IN_ENGLISH


def region_of(timezone: str) -> str | None:
    """The country whose numbers need no country code in this time zone, where that is clear."""
    return _REGIONS.get(timezone)


_URL = re.compile(r"(?<![\w@.])(?:https?://|www\.)[^\s<>\"'|]{1,1000}", re.IGNORECASE)
_COMMON_ENDS = "com|org|net|edu|gov|de|at|ch|uk|eu|fr|es|it|nl|pl|io|co|app|dev|ai|info|shop"
_BARE_URL = re.compile(
    rf"(?<![\w@./-])(?:[a-z0-9-]{{1,63}}\.){{1,5}}(?:{_COMMON_ENDS})(?![\w@-]|\.\w)(?:/[^\s<>\"'|]{{0,1000}})?",
    re.IGNORECASE,
)
_WHOLE_URL = re.compile(r"(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?::\d{1,5})?(?:[/?#]\S{0,1000})?", re.IGNORECASE)


def find_urls(text: str) -> list[Found]:
    """Web addresses with a scheme, www or a common ending; ``https`` where no scheme is written."""
    found: list[Found] = []
    for form in (_URL, _BARE_URL):
        for match in form.finditer(text):
            written = _without_marks(match[0])
            address = _url(written)
            apart = all(match.end() <= other.start or other.end <= match.start() for other in found)
            if address is not None and apart:
                found.append(Found(address, match.start(), match.start() + len(written)))
    return found


_PAIRS = {")": "(", "]": "[", "}": "{"}


def _without_marks(written: str) -> str:
    """Without the marks of the sentence around it: a bracket belongs to the address if it was opened there."""
    while written and (
        written[-1] in ".,;:!?"
        or (written[-1] in _PAIRS and written.count(written[-1]) > written.count(_PAIRS[written[-1]]))
    ):
        written = written[:-1]
    return written


def _url(written: str) -> str | None:
    """The address with scheme and host in lower case; None where there is no proper host."""
    whole = written if re.match(r"https?://", written, re.IGNORECASE) else f"https://{written}"
    try:
        parts = urlsplit(whole)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return None
    named = re.fullmatch(
        r"(?:[\w-]{1,63}\.){1,8}[^\W\d_][\w-]{1,62}|localhost|\[?[0-9a-f:]{2,39}\]?|(?:\d{1,3}\.){3}\d{1,3}",
        host,
    )
    if not named or parts.netloc.count("@") > 1:
        return None
    return parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()).geturl()


def read_url(text: str) -> Answer:
    """The address, with ``https`` in front where no scheme was written."""
    found = find_urls(text)
    if found:
        return only_one(found, "not_a_url")
    alone = text.strip()
    address = _url(alone) if _WHOLE_URL.fullmatch(alone) else None
    return Refused("not_a_url") if address is None else Filled(address)
