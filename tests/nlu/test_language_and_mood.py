import pytest

from bot.edges.desk_loader import load_core, load_texts
from bot.nlu.language import LanguageGuesser
from bot.nlu.sentiment import sentiment_of
from bot.nlu.urgency import urgency_of
from tests.nlu.desks import shop, train


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("where is my order", "en"),
        ("I can't log in", "en"),
        ("wo ist meine Bestellung", "de"),
        ("Passwort vergessen", "de"),
        ("Wie lange habt ihr geöffnet?", "de"),
        ("Hallo, ich brauche Hilfe mit meinem Account", "de"),
        ("my Kindergarten order is late", "en"),
        ("gibts Studentenrabatt", "de"),
        ("Rechnungskopie anfordern", "de"),
        ("handy links", "en"),
        ("listen", "en"),
        ("ok", "en"),
        ("12345", "en"),
        ("", "en"),
    ],
)
def test_the_language_is_one_of_the_desks(text: str, language: str) -> None:
    """Small words, letters and the examples tell; where they do not, it is the desk's first."""
    assert train(shop()).parse(text).language == language


@pytest.mark.parametrize(("text", "language"), [("12345", "de"), ("ok", "de"), ("where is my order", "en")])
def test_the_language_spoken_so_far_stays_where_the_text_does_not_tell(text: str, language: str) -> None:
    assert train(shop()).parse(text, language="de").language == language


@pytest.mark.parametrize(
    ("text", "spoken", "language"),
    [
        ("Am Markt 3", "de", "de"),
        ("in München", "en", "en"),
        ("hello", "de", "en"),
        ("danke", "en", "de"),
        ("wo ist denn nun meine Bestellung", "en", "de"),
    ],
)
def test_one_word_among_others_does_not_leave_the_language_spoken_so_far(text: str, spoken: str, language: str) -> None:
    """An answer to a question is often a name or a place; who changes the language says more than that."""
    assert train(shop()).parse(text, language=spoken).language == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("cancel", "en"),
        ("human", "en"),
        ("lost card", "en"),
        ("Karte", "de"),
        ("Lampe", "de"),
        ("WLAN", "de"),
        ("", "de"),
    ],
)
def test_a_first_message_of_usual_english_words_is_english_at_a_desk_that_speaks_german_first(
    text: str, language: str
) -> None:
    guesser = LanguageGuesser(
        ("de", "en"), english={"cancel": 100, "human": 200, "lost": 300, "card": 400, "lampe": 20_000}
    )
    assert guesser.guess(text) == language
    assert guesser.guess(text, otherwise="de") == "de"


def test_a_desk_that_names_no_languages_speaks_those_it_is_written_in() -> None:
    """English, and what its translations are in; what the core has words for is not the desk's."""
    core = load_core()
    plain = (
        b"flows: {a: {description: A, triggers: [{intent: a}], steps: [{say: Hi}]}}\nnlu: [{intent: a, examples: [go]}]"
    )
    german = plain.replace(b"say: Hi", b"say: {text: Hi, translation: {de: Hallo}}")
    assert load_texts({"a.yml": plain}, core).desk.settings.languages == ("en",)
    assert load_texts({"a.yml": german}, core).desk.settings.languages == ("en", "de")
    named = german + b"\nsettings: {languages: [en, fr]}"
    assert load_texts({"a.yml": named}, core).desk.settings.languages == ("en", "fr")


def test_a_desk_with_one_language_speaks_it() -> None:
    assert LanguageGuesser(("de",)).guess("where is my order") == "de"


def test_a_language_without_a_list_of_ours_is_told_by_its_examples() -> None:
    samples = [("hol a rendelésem", "hu"), ("elfelejtettem a jelszavam", "hu"), ("where is my order", "en")]
    assert LanguageGuesser(("en", "hu"), samples).guess("a rendelésem még nem jött meg") == "hu"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("je ne peux pas me connecter à mon compte", "fr"),
        ("no puedo entrar en mi cuenta", "es"),
        ("non riesco ad accedere al mio account, grazie", "it"),
        ("ik kan niet inloggen op mijn account", "nl"),
        ("não consigo entrar na minha conta", "pt"),
        ("nie mogę się zalogować", "pl"),
        ("ich kann mich nicht anmelden", "de"),
        ("mot de passe oublié", "fr"),
        ("reembolso", "es"),
        ("I cannot sign in to my account", "en"),
    ],
)
def test_eight_languages_are_told_apart_without_examples(text: str, language: str) -> None:
    guesser = LanguageGuesser(("en", "de", "fr", "es", "it", "nl", "pt", "pl"))
    assert guesser.guess(text) == language


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("this is urgent", "high"),
        ("please answer asap", "high"),
        ("our shop is down", "high"),
        ("es ist dringend", "high"),
        ("bitte sofort", "high"),
        ("I CANNOT LOG IN TO MY ACCOUNT", "high"),
        ("where is it!!!", "high"),
        ("THANKS A LOT!!!", "normal"),
        ("no rush, when is it arriving", "low"),
        ("this is not urgent", "low"),
        ("keine Eile", "low"),
        ("nicht so dringend", "low"),
        ("where is my order", "normal"),
        ("OK", "normal"),
        ("server is down, nobody can work", "high"),
        ("unsere Produktion steht", "high"),
        ("my flight leaves in an hour", "high"),
        ("mein Konto wurde gehackt", "high"),
        ("my card was stolen", "high"),
        ("Ich brauche das bis morgen früh", "high"),
        ("das kann nicht warten", "high"),
        ("not an emergency", "low"),
        ("kein Notfall", "low"),
        ("nothing urgent", "low"),
        ("lassen Sie sich Zeit", "low"),
        ("what are your emergency numbers", "normal"),
        ("can I pay immediately or later", "normal"),
        ("when is the deadline for applications", "normal"),
        ("I bought it today", "normal"),
        ("was hei\u00dft Sofort\u00fcberweisung", "normal"),
    ],
)
def test_urgency_is_said_or_shouted(text: str, urgency: str) -> None:
    assert urgency_of(text, sentiment_of(text)) == urgency


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("your service is terrible", "negative"),
        ("I am so disappointed", "negative"),
        ("das ist eine Frechheit", "negative"),
        ("not good", "negative"),
        ("nicht hilfreich", "negative"),
        ("😡", "negative"),
        ("thanks, that was great", "positive"),
        ("thanks for nothing", "negative"),
        ("Danke für nichts!", "negative"),
        ("vielen Dank, super", "positive"),
        ("❤", "positive"),
        ("this is a joke", "negative"),
        ("tell me a joke", "neutral"),
        ("not bad", "neutral"),
        ("thanks, but it is still broken", "neutral"),
        ("good morning", "neutral"),
        ("guten Tag", "neutral"),
        ("where is my order", "neutral"),
        ("I am not satisfied", "negative"),
        ("anything but good", "negative"),
        ("i dont like it", "negative"),
        ("gefällt mir gar nicht", "negative"),
        ("Ich habe die Nase voll", "negative"),
        ("ich warte seit drei Wochen und keiner meldet sich", "negative"),
        ("stop wasting my time", "negative"),
        ("I want to complain", "neutral"),
        ("how can I complain", "neutral"),
        ("can't complain", "positive"),
        ("das hat geholfen", "positive"),
        ("das hat nicht geholfen", "negative"),
        ("I really like it", "positive"),
        ("I couldn't be happier", "positive"),
        ("what is the best plan for me", "neutral"),
        ("you're the best", "positive"),
        ("thanks in advance", "neutral"),
        ("I'd be happy to get a call", "neutral"),
        ("my payment failed", "neutral"),
        ("thank you, now it works", "positive"),
        ("keine Beschwerden, alles gut", "positive"),
    ],
)
def test_mood_is_read_from_strong_words(text: str, sentiment: str) -> None:
    assert sentiment_of(text) == sentiment
