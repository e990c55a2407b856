"""What is said when an answer is refused, in English and German: the one table of it."""

import re
from datetime import datetime

from bot.model.response import Say, Translation
from bot.rules.values.answer import Refused

REFUSALS: dict[str, dict[str, str]] = {
    "empty": {
        "en": "I did not get an answer.",
        "de": "Ich habe keine Antwort bekommen.",
    },
    "several": {
        "en": "I found more than one possible answer in that. Please give me just one.",
        "de": "Darin finde ich mehr als eine mögliche Antwort. Bitte nenne mir nur eine.",
    },
    "not_an_email": {
        "en": "That does not look like an e-mail address. Please write it as in name@example.com.",
        "de": "Das sieht nicht wie eine E-Mail-Adresse aus. Bitte schreibe sie wie name@example.com.",
    },
    "not_a_phone": {
        "en": "That does not look like a telephone number.",
        "de": "Das sieht nicht wie eine Telefonnummer aus.",
    },
    "needs_country_code": {
        "en": "Please give the telephone number with its country code, as in +44 20 7946 0958.",
        "de": "Bitte nenne die Telefonnummer mit der Landesvorwahl, wie in +49 30 901820.",
    },
    "not_a_url": {
        "en": "That does not look like a web address. Please write it as in https://example.com.",
        "de": "Das sieht nicht wie eine Web-Adresse aus. Bitte schreibe sie wie https://example.com.",
    },
    "not_a_number": {
        "en": "I need a number here.",
        "de": "Ich brauche hier eine Zahl.",
    },
    "not_whole": {
        "en": "I need a whole number here.",
        "de": "Ich brauche hier eine ganze Zahl.",
    },
    "not_money": {
        "en": "I need an amount of money here, as in 12.50 EUR.",
        "de": "Ich brauche hier einen Betrag, wie 12,50 EUR.",
    },
    "not_a_date": {
        "en": "I could not read that as a date. Please write it as in 31 March 2026.",
        "de": "Das konnte ich nicht als Datum lesen. Bitte schreibe es wie 31.03.2026.",
    },
    "needs_a_day": {
        "en": "Which day exactly? Please give me the day as well, as in 31 March.",
        "de": "An welchem Tag genau? Bitte nenne mir auch den Tag, wie 31. März.",
    },
    "not_a_time": {
        "en": "I could not read that as a time. Please write it as in 14:30.",
        "de": "Das konnte ich nicht als Uhrzeit lesen. Bitte schreibe sie wie 14:30.",
    },
    "not_a_datetime": {
        "en": "I need a day and a time, as in tomorrow at 14:30.",
        "de": "Ich brauche einen Tag und eine Uhrzeit, wie morgen um 14:30.",
    },
    "needs_a_time": {
        "en": "And at what time? Please give me the day and the time together.",
        "de": "Und um wie viel Uhr? Bitte nenne mir Tag und Uhrzeit zusammen.",
    },
    "not_a_duration": {
        "en": "I need a length of time, as in 30 minutes or 2 hours.",
        "de": "Ich brauche eine Dauer, wie 30 Minuten oder 2 Stunden.",
    },
    "needs_a_unit": {
        "en": "Is that in minutes, hours or days? Please give me the number and the unit.",
        "de": "Sind das Minuten, Stunden oder Tage? Bitte nenne mir Zahl und Einheit.",
    },
    "not_yes_or_no": {
        "en": "Please answer with yes or no.",
        "de": "Bitte antworte mit Ja oder Nein.",
    },
    "not_a_choice": {
        "en": "Please choose one of these: {{ choices }}.",
        "de": "Bitte wähle eins davon: {{ choices }}.",
    },
    "not_in_form": {
        "en": "That does not have the form that I expect.{{ form }}",
        "de": "Das hat nicht die Form, die ich erwarte.{{ form }}",
    },
    "no_file": {
        "en": "I did not get a file. Please attach one.",
        "de": "Ich habe keine Datei bekommen. Bitte hänge eine an.",
    },
    "not_a_list": {
        "en": "I need one or more entries, separated by commas.",
        "de": "Ich brauche einen oder mehrere Einträge, durch Kommas getrennt.",
    },
    "not_an_object": {
        "en": "I could not read that as structured data.",
        "de": "Das konnte ich nicht als strukturierte Daten lesen.",
    },
    "too_small": {
        "en": "That is too little. It has to be at least {{ min }}.",
        "de": "Das ist zu wenig. Es muss mindestens {{ min }} sein.",
    },
    "too_large": {
        "en": "That is too much. It can be at most {{ max }}.",
        "de": "Das ist zu viel. Es darf höchstens {{ max }} sein.",
    },
    "too_short": {
        "en": "That is too short. I need at least {{ min }} characters.",
        "de": "Das ist zu kurz. Ich brauche mindestens {{ min }} Zeichen.",
    },
    "too_long": {
        "en": "That is too long. I can take at most {{ max }} characters.",
        "de": "Das ist zu lang. Ich kann höchstens {{ max }} Zeichen annehmen.",
    },
    "too_few": {
        "en": "I need at least {{ min }} entries.",
        "de": "Ich brauche mindestens {{ min }} Einträge.",
    },
    "too_many": {
        "en": "I can take at most {{ max }} entries.",
        "de": "Ich kann höchstens {{ max }} Einträge annehmen.",
    },
    "too_early": {
        "en": "That is too early. The earliest possible is {{ min }}.",
        "de": "Das ist zu früh. Frühestens möglich ist {{ min }}.",
    },
    "too_late": {
        "en": "That is too late. The latest possible is {{ max }}.",
        "de": "Das ist zu spät. Spätestens möglich ist {{ max }}.",
    },
}
"""Code -> language -> words. ``{{ name }}`` stands for a variable of the refusal, as in any response."""

LOOKS_LIKE = {"en": " It looks like {}.", "de": " Sie sieht aus wie {}."}
"""What follows a refusal for its form, where an example of the form can be made."""
AGREED: dict[bool, dict[str, str]] = {True: {"en": "yes", "de": "ja"}, False: {"en": "no", "de": "nein"}}
"""A yes or no as it is said back."""


def said_back(moment: str, language: str) -> str:
    """A day or a moment in ISO form, as people write it."""
    when = datetime.fromisoformat(moment)
    day = f"{when:%d.%m.%Y}" if language == "de" else f"{when.day} {when:%B %Y}"
    return f"{day}, {when:%H:%M}" if "T" in moment else day


_VARIABLE = re.compile(r"\{\{ (\w+) \}\}")


def refusal_text(refused: Refused, language: str = "en") -> str:
    """The words of a refusal in a language, in English where the table does not have it."""
    by_language = REFUSALS[refused.code]
    template = by_language.get(language, by_language["en"])
    return _VARIABLE.sub(lambda match: str(refused.variables.get(match[1], "")), template)


def refusal_responses() -> dict[str, tuple[Say, ...]]:
    """The table as responses named ``utter_refused_<code>``, for the core's own. A desk may override them."""
    return {
        f"utter_refused_{code}": (
            Say(
                text=texts["en"],
                translation={name: Translation(text=text) for name, text in texts.items() if name != "en"},
            ),
        )
        for code, texts in REFUSALS.items()
    }
