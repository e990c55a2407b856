"""Small desks to learn from."""

from functools import cache
from pathlib import Path
from typing import Any

from bot.model.desk import Desk
from bot.nlu import pipeline
from bot.nlu.encoder import Encoder, open_encoder
from bot.nlu.pipeline import Pipeline
from bot.settings import Settings

ENGLISH = {
    "account_access": """
        - I can't log in
        - my account is locked
        - I forgot my password
        - reset my password please
        - I cannot sign in
        - the login does not work
        - the password link is broken
        - it says wrong password
        - I'm locked out of my account
        - how do I get back into my account
    """,
    "charged_twice": """
        - I was charged twice
        - you billed me two times
        - there is a double charge on my card
        - why do I see the same payment twice
        - I want my money back for the duplicate charge
        - refund the second payment
        - my card was debited twice
        - duplicate payment
    """,
    "order_status": """
        - where is my order
        - track my package
        - when will my order arrive
        - has my parcel shipped
        - order status
        - what's the status of order AB-1234
        - my delivery is late
        - I have not received my order yet
    """,
    "opening_hours": """
        - when are you open
        - what are your opening hours
        - are you open on Sunday
        - until when are you open today
        - business hours
        - when do you close
    """,
    "human_request": """
        - can I talk to a human
        - agent please
        - I want to speak to someone
        - connect me to support
        - real person
    """,
    "thanks": """
        - thanks
        - thank you
        - thanks a lot
        - great, thank you
    """,
    "change_plan": """
        - switch to [pro](plan)
        - I want the [enterprise](plan) plan
        - upgrade my plan
        - downgrade to [free](plan)
        - change my subscription to [proo]{"entity": "plan", "value": "pro"}
    """,
}
GERMAN = {
    "account_access": """
        - ich kann mich nicht einloggen
        - mein Konto ist gesperrt
        - Passwort vergessen
        - die Anmeldung funktioniert nicht
        - ich komme nicht in mein Konto
    """,
    "order_status": """
        - wo ist meine Bestellung
        - wann kommt mein Paket
        - Sendung verfolgen
        - Status meiner Bestellung
        - meine Lieferung ist zu spät
    """,
    "charged_twice": """
        - mir wurde doppelt abgebucht
        - ich habe zweimal bezahlt
        - doppelte Abbuchung auf meiner Karte
    """,
}


def desk(*entries: dict[str, Any], slots: dict[str, Any] | None = None, **settings: Any) -> Desk:
    """A desk of these nlu entries, slots and settings."""
    return Desk.model_validate({"nlu": entries, "slots": slots or {}, "settings": settings})


def shop(*more: dict[str, Any], slots: dict[str, Any] | None = None) -> Desk:
    """A desk in English and German with a handful of intents."""
    english = [{"intent": intent, "examples": examples} for intent, examples in ENGLISH.items()]
    german = [{"intent": intent, "examples": examples, "language": "de"} for intent, examples in GERMAN.items()]
    return desk(*english, *german, *more, slots=slots, languages=("en", "de"), timezone="Europe/Berlin")


@cache
def encoder() -> Encoder | None:
    """The real one, also where the other tests go without."""
    return open_encoder(Settings().data_dir / "cache")


def train(desk: Desk, cache: Path | None = None) -> Pipeline:
    """Learn with everything that a desk has in production."""
    return pipeline.train(desk, encoder(), cache)
