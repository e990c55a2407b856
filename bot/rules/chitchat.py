"""Small talk that every desk answers, in English and German: rules of their own, for whole messages only.

They are asked last: whatever a desk's own examples or the open question make of the words comes first.
"""

from typing import Final, Literal

import re2

Topic = Literal[
    "greet", "thanks", "bye", "how_are_you", "bot", "language", "nothing_else", "ok", "file", "file_beside", "data"
]
_OPTIONS = re2.Options()
_OPTIONS.case_sensitive = False
_LONGEST = 120
_MOST_WORDS = 5

_THERE = (
    r"(?:there|all|everyone|team|again|bot|so\smuch|a\slot|very\smuch|man|mate|buddy|zusammen|leute|schön|sehr|"
    r"vielmals|nochmal)"
)
_FIRST = r"(?:(?:oh|ah|well|so|ok|okay|and|na|ach|und)[\s\W]+)?"
_TOPICS: Final[dict[Topic, str]] = {
    "greet": (
        r"(?:hi+|hello+|helo|hey+|hiya|howdy|yo|good\s(?:morning|afternoon|evening|day)|greetings|is\sanybody\sthere|"
        r"anyone\sthere|are\syou\sthere|"
        r"(?:i\s(?:just\s)?(?:have|'ve\sgot|got)\sa\s(?:quick\s|short\s|small\s)?question|(?:quick\s)?question|"
        r"can\si\sask\s(?:you\s)?(?:something|a\squestion)|(?:ich\s(?:hab(?:e|\')?|hätte)\s)?(?:da\s)?(?:mal\s)?"
        r"(?:eine|ne|\'ne)?\s?(?:kurze\s|kleine\s)?frage|(?:darf|kann)\sich\s(?:dich\s|euch\s|sie\s)?(?:mal\s)?(?:etwas|was)\sfragen)|"
        r"(?:i\sneed\s)?(?:some\s)?help(?:\sme)?(?:\splease|\spls)?|(?:ich\sbrauche\s)?hilfe(?:\sbitte)?|hallo+|hallöchen|moin(?:\smoin)?|servus|grüezi|grüß\s(?:gott|dich)|tach|"
        r"guten\s(?:morgen|tag|abend)|ist\sda\sjemand|jemand\sda)"
    ),
    "thanks": (
        r"(?:thanks+|thank\s?(?:you|u)|thx|ty|tysm|cheers|much\sappreciated|appreciate\sit|great|perfect|awesome|super|"
        r"cool|nice|wonderful|danke+|dankeschön|vielen\sdank|besten\sdank|herzlichen\sdank|merci|prima|klasse|toll|perfekt)"
    ),
    "bye": (
        r"(?:bye+|good\s?bye|bye\sbye|see\s(?:you|ya)(?:\slater)?|have\sa\s(?:nice|good|great)\s(?:day|evening|weekend)|"
        r"cu|tschüss?|tschüß|ciao|auf\swiedersehen|bis\s(?:dann|bald|später)|schönen\s(?:tag|abend)(?:\snoch)?)"
    ),
    "how_are_you": (
        r"(?:how\sare\syou(?:\sdoing)?|how(?:'s|\sis)\sit\sgoing|what'?s\sup|sup|how\sdo\syou\sdo|"
        r"wie\sgeht(?:'?s|\ses)(?:\s(?:dir|ihnen|so))?|alles\s(?:gut|klar)(?:\sbei\sdir)?)"
    ),
    "bot": (
        r"(?:are\syou\s(?:a\s|an\s)?(?:(?:ro)?bot|human|real(?:\sperson)?|ai|machine|person|computer)|who\sare\syou|"
        r"what\sare\syou|am\si\s(?:talking|speaking|chatting)\s(?:to|with)\sa\s(?:(?:ro)?bot|machine|human|person|real\sperson)|"
        r"is\sthis\sa\s(?:(?:ro)?bot|machine|human|real\sperson)|bist\sdu\s(?:ein\s|eine\s)?(?:(?:ro)?bot(?:er)?|mensch|echt|maschine|ki)|"
        r"wer\sbist\sdu|spreche\sich\smit\seine[rm]\s(?:(?:ro)?bot(?:er)?|mensch(?:en)?|maschine))"
    ),
    "language": (
        r"(?:(?:can|do|could)\s(?:you|u|we)\s(?:also\s)?(?:speak|talk|write|understand)(?:\sin)?\s(?:german|english|deutsch|"
        r"french|spanish|italian)|(?:in\s)?(?:english|german)(?:\splease)?|(?:sprichst|kannst|verstehst|sprecht|könnt)\s(?:du|ihr)"
        r"\s(?:auch\s)?(?:mit\smir\s)?(?:deutsch|englisch|französisch|türkisch)(?:\sreden|\ssprechen)?|(?:geht\sdas\s)?(?:auch\s)?auf\s"
        r"(?:deutsch|englisch)(?:\sbitte)?|(?:bitte\sauf\s)?deutsch(?:\sbitte)?|sprechen\ssie\s(?:auch\s)?(?:deutsch|englisch))"
    ),
    "nothing_else": (
        r"(?:no|nope|nah|no\sthanks|no\sthank\syou|nothing(?:\s(?:else|more))?|that(?:'s|\sis|\swas)\s(?:all|it|everything)|"
        r"i(?:'m|\sam)\s(?:good|fine|done|all\sset)|all\s(?:good|set|done)|nein|nee|nö|nein\sdanke|nichts(?:\s(?:mehr|weiter))?|"
        r"das\s(?:war'?s|wars|ist\salles|wär'?s|reicht)|passt\s(?:so|schon))"
    ),
    "ok": (
        r"(?:ok|okay|oki|okey|k|alright|all\sright|fine|got\sit|i\ssee|understood|sure|aha|hm+|yes|yep|yeah|gut|"
        r"in\sordnung|verstanden|alles\sklar|klar|too\sbad|pity|schade|na\sgut|egal|macht\snichts|no\s(?:worries|problem)|kein\sproblem|passt|ja|jo|lo+l|(?:ha|he|hi){2,}|rofl|xd|wow|oha|ach\sso|achso)"
    ),
}
_WHOLE: Final = {
    topic: re2.compile(rf"[\s\W]*{_FIRST}{words}(?:[\s\W]+{_THERE})*[\s\W]*", _OPTIONS)
    for topic, words in _TOPICS.items()
}
_APPROVAL: Final = re2.compile(r"[\s👍👌✅✔🙂😊😀😁😃😄😂❤♥🙏🎉️\x{1F3FB}-\x{1F3FF}]+", _OPTIONS)
_SEVERAL = re2.compile(r"[.!?,;\n]+", _OPTIONS)


def chitchat_of(text: str) -> Topic | None:
    """What the whole text is about, if it is small talk and nothing else; of several such phrases, the last."""
    asked = text[: _LONGEST + 1].encode(errors="replace").decode()
    if len(asked) > _LONGEST or not asked.strip():
        return None
    if _APPROVAL.fullmatch(asked) is not None:
        return "ok"
    if (whole := _topic(asked)) is not None:
        return whole
    parts, words = [part for part in _SEVERAL.split(asked) if part.strip()], asked.split()
    # "lol ok", "ok cool thanks bye": word by word
    return _last_of(parts) or (_last_of(words) if len(words) <= _MOST_WORDS else None)


def _last_of(pieces: list[str]) -> Topic | None:
    """What the last of several pieces is about, if each of them is small talk."""
    if len(pieces) < 2:
        return None
    about: Topic | None = None
    for piece in pieces:
        if (about := _topic(piece)) is None:
            return None
    return about


_ASKS: Final = re2.compile(
    r"[\s\W]*(?:(?:and|but|ok|okay|so|und|aber|also|wait|moment)[\s\W]+)*"
    r"(?:how|what|when|where|which|who|is|are|do|does|can|could|will|would|what'?s|wie|was|wann|wo|woher|welche[rsnm]?|wer|gibt|kann|"
    r"kostet|ist|sind|habt|hat|muss|darf)\b.*",
    _OPTIONS,
)


def is_question(text: str) -> bool:
    """Whether a text asks something, in three words or more."""
    asked = text[: _LONGEST + 1].encode(errors="replace").decode()
    return (
        len(asked.split()) >= 3
        and len(asked) <= _LONGEST
        and (asked.rstrip().endswith("?") or _ASKS.fullmatch(asked) is not None)
    )


def _topic(text: str) -> Topic | None:
    return next((topic for topic, pattern in _WHOLE.items() if pattern.fullmatch(text) is not None), None)
