"""What customers of the demo desk come for, and how they say it: openings that stand in no example, and answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.model.base import Json


@dataclass(frozen=True, slots=True)
class Fact:
    """What is true of a slot, and ways to say it. ``mistaken``: another value and its words, to be taken back."""

    value: Json
    says: tuple[str, ...]
    mistaken: tuple[Json, str] | None = None


Facts = Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Errand:
    """A wish of a customer.

    intent:    what a button for it would send.
    openings:  first messages; who is not understood goes on to the next.
    facts:     by slot, the answers.
    goals:     responses that are a right answer; none: only a person is.
    by_itself: values that the flow fills itself, by slot.
    """

    name: str
    language: str
    intent: str
    openings: tuple[str, ...]
    goals: frozenset[str]
    facts: Facts = field(default_factory=dict)
    by_itself: Mapping[str, Json] = field(default_factory=dict)


def _email(address: str, mistaken: str = "grace@example.com") -> Fact:
    says = (address, f"it's {address}", f"{address} i think", f"my mail is {address}")
    return Fact(address, says, (mistaken, mistaken))


def _adresse(address: str, mistaken: str = "grace@example.com") -> Fact:
    says = (address, f"das ist {address}", f"meine Mail ist {address}", f"{address} glaube ich")
    return Fact(address, says, (mistaken, mistaken))


YES = Fact(True, ("yes", "yes please", "yep", "ok do it"))
NO = Fact(False, ("no", "nope", "no thanks"))
JA = Fact(True, ("ja", "ja bitte", "jo", "ja gerne"))
NEIN = Fact(False, ("nein", "nein danke", "nö"))
_WORDS = Fact("the page stays white when I open it", ("the page stays white when I open it",))
_WORTE = Fact("beim Öffnen bleibt die Seite ganz weiß", ("beim Öffnen bleibt die Seite ganz weiß",))
_STREET = Fact("Lange Gasse 12", ("Lange Gasse 12",), ("Kurze Gasse 1", "Kurze Gasse 1"))
_TOWN = Fact("10115 Berlin", ("10115 Berlin",), ("20095 Hamburg", "20095 Hamburg"))
_PHONE = Fact("+4930901820", ("+49 30 901820", "call me at +49 30 901820"), ("+4940123456", "+49 40 123456"))
_TELEFON = Fact("+4930901820", ("030 901820", "die +49 30 901820"), ("+4940123456", "040 123456"))

ENGLISH = (
    Errand(
        "account_access", "en", "account_access",
        ("hi, the system does not accept my password since today", "I can't get into my account", "login problem"),
        frozenset({"utter_reset_link"}), {"email": _email("ben@example.com")},
    ),
    Errand(
        "charged_twice", "en", "charged_twice",
        ("hello I see you took 19 euro two times from my card", "I was charged double", "charged twice"),
        frozenset({"utter_refunded"}), {"email": _email("ben@example.com"), "refund_wanted": YES},
    ),
    Errand(
        "order_status", "en", "order_status",
        ("hello when is my parcel coming", "I am waiting for my package, where is it", "my order please, where is it"),
        frozenset({"utter_order_shipped"}),
        {"order_id": Fact("A-2010", ("A-2010", "number is A-2010", "a-2010"))},
    ),
    Errand(
        "opening_hours", "en", "opening_hours",
        ("until what time is somebody there today", "what are the opening hours please", "opening hours?"),
        frozenset({"utter_hours"}),
    ),
    Errand(
        "change_plan", "en", "change_plan",
        ("we would like a different plan", "I want to upgrade my plan", "change the plan please"),
        frozenset({"utter_plan_changed"}),
        {
            "email": _email("kim@example.com"), "plan_agreed": YES,
            "new_plan": Fact("pro", ("pro", "the pro one", "pro please"), ("enterprise", "enterprise")),
        },
    ),
    Errand(
        "cancellation", "en", "cancellation",
        ("I don't want your product anymore, please cancel", "please cancel my subscription", "cancel my contract"),
        frozenset({"utter_cancelled"}),
        {
            "email": _email("jonas@example.com"), "leave_sure": YES, "discount_wanted": NO,
            "leave_reason": Fact("price", ("too expensive", "it costs too much"), ("unused", "i don't use it")),
            "free_wanted": NO,
        },
        {"leave_reason": "other"},
    ),
    Errand(
        "data_deletion", "en", "data_deletion",
        ("you must delete all that you have about me", "please delete my account with all data", "delete my data now"),
        frozenset({"utter_deleted"}), {"email": _email("farid@example.com"), "deletion_sure": YES},
    ),
    Errand(
        "data_copy", "en", "data_copy",
        ("which of my data do you have in your systems", "I want a copy of the data you store about me",
         "send a copy of my personal data"),
        frozenset({"utter_copy_sent"}), {"email": _email("grace@example.com", "ben@example.com")},
    ),
    Errand(
        "bug_report", "en", "bug_report",
        ("hey your dashboard is broken for me", "there is an error in the app, I report it", "bug report please"),
        frozenset({"utter_bug_done", "utter_bug_urgent"}),
        {
            "area": Fact("dashboard", ("dashboard", "the dashboard", "in the dashboard"), ("api", "api")),
            "what_happened": _WORDS, "email": _email("ben@example.com"),
            "screenshot": Fact(None, ("no", "no screenshot")), "something_else": YES,
        },
        {"area": "other"},
    ),
    Errand(
        "outage_status", "en", "outage_status",
        ("is something wrong with your servers right now", "do you have an outage today?", "is the service down"),
        frozenset({"utter_will_tell", "utter_trouble"}), {"tell_when_over": YES},
    ),
    Errand(
        "invoice_copy", "en", "invoice_copy",
        ("my boss needs the bill again", "could you send the invoice again please", "copy of my invoice please"),
        frozenset({"utter_invoice_sent"}),
        {
            "email": _email("ben@example.com"),
            "invoice_month": Fact("january", ("january", "the january one"), ("february", "february")),
        },
        {"invoice_month": "newest"},
    ),
    Errand(
        "change_address", "en", "change_address",
        ("we have moved, new address for the invoices", "please change our address", "change of address please"),
        frozenset({"utter_address_kept"}),
        {
            "email": _email("ben@example.com"), "street": _STREET, "town": _TOWN, "address_right": YES,
            "country": Fact("Germany", ("Germany", "in germany"), ("Austria", "austria")),
        },
    ),
    Errand(
        "update_payment", "en", "update_payment",
        ("the bank gave me a new credit card, where to put it", "I need to change my credit card", "new card"),
        frozenset({"utter_payment_link"}), {"email": _email("jonas@example.com")},
    ),
    Errand(
        "schedule_call", "en", "schedule_call",
        ("can one of your experts phone me some day this week", "I want to book a call", "schedule a call please"),
        frozenset({"utter_call_booked"}),
        {
            "call_topic": Fact("billing", ("billing", "about billing"), ("technical", "technical")),
            "call_at": Fact("2026-03-20T10:30:00+01:00", ("20 march at 10:30", "on 20 march 10:30 am")),
            "phone": _PHONE,
        },
    ),
    Errand(
        "invite_colleague", "en", "invite_colleague",
        ("my new colleague should get access to our account", "I want to add a user", "invite a colleague please"),
        frozenset({"utter_invited"}),
        {
            "email": _email("ben@example.com"),
            "colleague": Fact("tom@example.com", ("tom@example.com",), ("tim@example.com", "tim@example.com")),
            "role": Fact("admin", ("admin", "as admin"), ("viewer", "viewer")),
        },
    ),
    Errand(
        "reset_two_factor", "en", "reset_two_factor",
        ("new phone and the 2fa codes are gone", "I need to reset my two factor authentication", "reset 2fa please"),
        frozenset({"utter_factor_reset"}), {"email": _email("grace@example.com", "ben@example.com"), "has_codes": NO},
    ),
    Errand(
        "ticket_status", "en", "ticket_status",
        ("did anybody work on my ticket", "what is going on with my ticket", "status of ticket please"),
        frozenset({"utter_ticket_in_work"}), {"ticket_id": Fact("T-902", ("T-902", "it is T-902", "t-902"))},
    ),
    Errand(
        "complaint", "en", "complaint",
        ("I am really angry about your terrible service", "I want to make a complaint", "complaint!!"), frozenset(),
    ),
)  # fmt: skip

GERMAN = (
    Errand(
        "account_access", "de", "account_access",
        ("Hallo, das System nimmt mein Passwort nicht mehr an", "ich kann mich nicht einloggen", "Login geht nicht"),
        frozenset({"utter_reset_link"}), {"email": _adresse("ben@example.com")},
    ),
    Errand(
        "charged_twice", "de", "charged_twice",
        ("guten Tag, die 19 Euro gingen zweimal weg", "mir wurde zweimal abgebucht", "doppelte Abbuchung"),
        frozenset({"utter_refunded"}), {"email": _adresse("ben@example.com"), "refund_wanted": JA},
    ),
    Errand(
        "order_status", "de", "order_status",
        ("hallo wann kommt denn mein Paket endlich", "wo ist denn meine Bestellung", "wo bleibt meine Bestellung"),
        frozenset({"utter_order_shipped"}), {"order_id": Fact("A-2010", ("A-2010", "die A-2010", "a-2010"))},
    ),
    Errand(
        "change_plan", "de", "change_plan",
        ("wir hätten gern einen anderen Tarif", "ich möchte meinen Tarif ändern", "Tarif wechseln bitte"),
        frozenset({"utter_plan_changed"}),
        {
            "email": _adresse("kim@example.com"), "plan_agreed": JA,
            "new_plan": Fact("pro", ("pro", "den Pro", "Pro bitte"), ("enterprise", "Enterprise")),
        },
    ),
    Errand(
        "cancellation", "de", "cancellation",
        ("ich brauche euch nicht mehr und will kündigen", "bitte mein Abo kündigen, danke", "ich kündige den Vertrag"),
        frozenset({"utter_cancelled"}),
        {
            "email": _adresse("jonas@example.com"), "leave_sure": JA, "discount_wanted": NEIN,
            "leave_reason": Fact("price", ("zu teuer", "das ist mir zu teuer"), ("unused", "nutze es nicht")),
            "free_wanted": NEIN,
        },
        {"leave_reason": "other"},
    ),
    Errand(
        "data_deletion", "de", "data_deletion",
        ("ich will dass alles über mich gelöscht wird", "löscht bitte alle meine Daten", "meine Daten löschen bitte"),
        frozenset({"utter_deleted"}), {"email": _adresse("farid@example.com"), "deletion_sure": JA},
    ),
    Errand(
        "bug_report", "de", "bug_report",
        ("bei mir ist das Dashboard kaputt", "ich möchte einen Fehler in der App melden", "Fehler melden bitte"),
        frozenset({"utter_bug_done", "utter_bug_urgent"}),
        {
            "area": Fact("dashboard", ("Dashboard", "die Übersicht", "im Dashboard"), ("api", "Schnittstelle")),
            "what_happened": _WORTE, "email": _adresse("ben@example.com"),
            "screenshot": Fact(None, ("nein", "hab keins")), "something_else": JA,
        },
        {"area": "other"},
    ),
    Errand(
        "outage_status", "de", "outage_status",
        ("ist bei euch gerade was kaputt mit den Servern", "habt ihr heute eine Störung", "gibt es einen Ausfall"),
        frozenset({"utter_will_tell", "utter_trouble"}), {"tell_when_over": JA},
    ),
    Errand(
        "invoice_copy", "de", "invoice_copy",
        ("mein Chef braucht die Rechnung nochmal", "könnt ihr mir die Rechnung schicken", "Kopie der Rechnung bitte"),
        frozenset({"utter_invoice_sent"}),
        {
            "email": _adresse("ben@example.com"),
            "invoice_month": Fact("january", ("Januar", "die vom Januar"), ("february", "Februar")),
        },
        {"invoice_month": "newest"},
    ),
    Errand(
        "change_address", "de", "change_address",
        ("wir sind in ein anderes Büro gezogen, neue Adresse", "unsere Adresse ist jetzt neu", "Adresse ändern bitte"),
        frozenset({"utter_address_kept"}),
        {
            "email": _adresse("ben@example.com"), "street": _STREET, "town": _TOWN, "address_right": JA,
            "country": Fact("Germany", ("Deutschland", "in Deutschland"), ("Austria", "Österreich")),
        },
    ),
    Errand(
        "schedule_call", "de", "schedule_call",
        ("kann mich wer von euch diese Woche mal anrufen, mit Termin", "ich hätte gerne einen Termin für ein Gespräch",
         "Telefontermin vereinbaren bitte"),
        frozenset({"utter_call_booked"}),
        {
            "call_topic": Fact("billing", ("Rechnung", "wegen einer Rechnung"), ("technical", "Technik")),
            "call_at": Fact("2026-03-20T10:30:00+01:00", ("20. März um 10:30", "am 20.3. um 10:30 Uhr")),
            "phone": _TELEFON,
        },
    ),
    Errand(
        "invite_colleague", "de", "invite_colleague",
        ("meine neue Kollegin braucht auch Zugang", "ich will einen Kollegen hinzufügen", "Kollegen einladen bitte"),
        frozenset({"utter_invited"}),
        {
            "email": _adresse("ben@example.com"),
            "colleague": Fact("tom@example.com", ("tom@example.com",), ("tim@example.com", "tim@example.com")),
            "role": Fact("admin", ("Admin", "als Admin"), ("viewer", "nur lesen")),
        },
    ),
    Errand(
        "reset_two_factor", "de", "reset_two_factor",
        ("mein Handy ist neu und die Codes sind weg, 2FA", "ich muss die 2FA zurücksetzen", "2FA zurücksetzen, bitte"),
        frozenset({"utter_factor_reset"}),
        {"email": _adresse("grace@example.com", "ben@example.com"), "has_codes": NEIN},
    ),
    Errand(
        "ticket_status", "de", "ticket_status",
        ("hat sich wer um mein Ticket gekümmert", "wie steht es um mein Ticket", "Stand vom Ticket bitte"),
        frozenset({"utter_ticket_in_work"}), {"ticket_id": Fact("T-902", ("T-902", "das ist T-902", "t-902"))},
    ),
    Errand(
        "complaint", "de", "complaint",
        ("ich bin richtig sauer, so ein mieser Service", "ich habe eine Beschwerde an euch", "Beschwerde!!"),
        frozenset(),
    ),
)  # fmt: skip
ERRANDS = (*ENGLISH, *GERMAN)
