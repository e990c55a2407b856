"""Whether somebody asks for a person: a rule of its own, because every desk must hear this wish, always.

It is made for precision. What it does not catch, the examples of the intent ``human_request`` may.
"""

import re2

_OPTIONS = re2.Options()
_OPTIONS.case_sensitive = False
_LONGEST = 1_000

_PERSON = (
    r"(?:(?:real|live|actual|human|proper|friendly|different|senior)\s)*"
    r"(?:human(?:\sbeing|s)?|person|people|agents?|representatives?|reps?|operators?|advisors?|advisers?|colleagues?"
    r"|employees?|managers?|supervisors?|assistants?|staff(?:\smember)?|team\smember|member\sof\sstaff|somebody|someone"
    r"|customer\s(?:service|support|care)|support\s(?:team|agent|staff)|service\s(?:team|agent))"
)
_PERSON_DE = (
    r"(?:(?:echte[nmrs]?|richtige[nmrs]?|wirkliche[nmrs]?|lebende[nmrs]?|menschliche[nmrs]?|andere[nmrs]?)\s)*"
    r"(?:mensch(?:en)?|person|mitarbeiter(?:in|s|n)?|kolleg(?:e|en|in)|berater(?:in|s)?|kundenberater(?:in)?"
    r"|sachbearbeiter(?:in)?|ansprechpartner(?:in)?|support(?:\s?team)?|kundenservice|kundendienst|kundenbetreuer(?:in)?"
    r"|vorgesetzten?|jemand(?:em|en)?|agent(?:en)?|operator)"
)
_A = r"(?:(?:a|an|the|some|any|another|one\sof\syour|your)\s)?"
_EIN = r"(?:(?:eine[mnr]?|ein|der|dem|den|irgend|eure[mnr]?|ihre[mnr]?)\s?)?"
_POLITE = (
    r"(?:please|pls|plz|now|thanks|thank\syou|asap|hello|hi|hey|ok|okay|no|just|only|instead|bitte|jetzt|sofort|danke"
    r"|hallo|nur|endlich|lieber)"
)

_WHOLE = re2.compile(
    # "human", "agent please", "a real person!!", "Mitarbeiter bitte"
    rf"[\s\W]*(?:{_POLITE}[\s\W]+)*(?:{_A}{_PERSON}|{_EIN}{_PERSON_DE})(?:[\s\W]+{_POLITE})*[\s\W]*",
    _OPTIONS,
)
_NOT_ALONE = re2.compile(r"[\s\W]*(?:people|person|assistant|someone|somebody|staff|jemand|support)[\s\W]*", _OPTIONS)
_TALK = (
    r"(?:speak|talk|chat|connect(?:ed)?|transfer(?:red)?|put\s(?:me\s)?through|pass(?:ed)?|forward(?:ed)?"
    r"|hand(?:ed)?(?:\sme)?\sover|escalated?|redirect(?:ed)?|switch(?:ed)?)"
)
_WANT = (
    r"(?:want|need|get\sme|give\sme|fetch\sme|fetch|find\sme|send\sme|prefer|i'd\slike|i\swould\slike"
    r"|call\sme)"
)
_REAL = r"(?:real|live|actual)"
_IN_CHARGE = r"(?:human(?:\sbeing|\sagent|\soperator)?|live\sagent|agent|operator|representative|supervisor|manager)"
_INSIDE = re2.compile(
    # "let me talk to a real person", "connect me with an agent", "can I chat to someone"
    rf"\b{_TALK}\s(?:me\s|this\s|it\s|us\s|over\s)*(?:to|with)\s{_A}{_PERSON}\b"
    # "I want a human", "get me an agent"
    rf"|\b{_WANT}\s(?:a|an|some|the|your)\s(?:{_REAL}\s)?{_IN_CHARGE}"
    r"(?:[\s\W]*$|\s(?:please|now|to|who|instead|not|for)\b)"
    # "I need a real person", "give me a human being"
    rf"|\b{_WANT}\s(?:a|an|some)\s(?:{_REAL}|human)\s(?:human|person|agent|being|people)\b"
    # "is there a human", "are there any real people I can talk to"
    rf"|\b(?:is|are)\sthere\s{_A}(?:{_REAL}\s)?(?:human|person|people|agent|somebody|someone)s?\s?"
    r"(?:here|there|around|available|i\scan|to\s(?:talk|speak)|[\W]*$)"
    # And "not a bot", "I don't want to talk to a machine"
    r"|\b(?:not|no|kein(?:en|em)?)\s(?:with\s|to\s|mit\s)?(?:an?\s|eine[mr]\s)?(?:ro)?bots?\b"
    r"[\W]*(?:please|bitte)?[\W]*$"
    r"|\b(?:don'?t|do\snot)\swant\sto\s(?:talk|speak|chat)\s(?:to|with)\s(?:an?|this|the)\s"
    r"(?:(?:ro)?bot|machine|computer|ai)\b"
    # "ich will mit einem Menschen sprechen", "kann ich mit jemandem reden"
    rf"|\bmit\s{_EIN}{_PERSON_DE}\s(?:\w+\s){{0,3}}"
    r"(?:sprechen|reden|chatten|telefonieren|schreiben|verbinden|verbunden)\b"
    rf"|\b(?:verbinden?|sprechen?|reden?)\s(?:\w+\s){{0,3}}mit\s{_EIN}{_PERSON_DE}\b"
    # As in "ich brauche einen Mitarbeiter", "gibt es hier einen Menschen"
    rf"|\b(?:brauche|will|möchte|hätte\sgerne?|wünsche)\s(?:bitte\s|jetzt\s|lieber\s|nur\s)*eine?n?\s{_PERSON_DE}"
    r"(?:[\s\W]*$|\s(?:bitte|sprechen|der|die|jetzt)\b)"
    rf"|\bgibt\ses\s(?:hier\s|auch\s)*eine?n?\s{_PERSON_DE}\b",
    _OPTIONS,
)
_NOT_MEANT = re2.compile(
    # Denied, as in "no need to talk to an agent"
    r"\b(?:don'?t|do\snot|didn'?t|did\snot|not|never|no\sneed|needn'?t|without|stop|avoid|nicht|ohne|keine?n?)\s"
    r"(?:\w+\s){0,4}(?:speak|talk|chat|connect|transfer|escalate|need|want)(?:ing)?\s(?:\w+\s){0,2}(?:to|with|an?)\s"
    r"(?:an?\s|the\s|any\s)?(?:(?:real|live|actual)\s)?"
    r"(?:human|person|agent|representative|operator|someone|anyone)"
    r"|\bnicht\smit\s(?:\w+\s){0,2}(?:mensch(?:en)?|mitarbeiter(?:in)?|person|jemandem)\b"
    # Reported, as in "I spoke to an agent yesterday"
    r"|\b(?:spoke|talked|chatted|spoken|was\sconnected|gesprochen|telefoniert|geredet)\b"
    # Belonging to somebody else, as in "my travel agent"
    r"|\b(?:my|his|her|their|our|meine?[mnr]?)\s(?:\w+\s)?"
    r"(?:agents?|managers?|colleagues?|assistants?|advisors?|berater(?:in)?|kolleg(?:e|en|in)|supervisors?|person)\b"
    r"|\b(?:travel|estate|insurance|letting|sales|shipping|user|password|account|product|project)\s"
    r"(?:agents?|managers?)\b",
    _OPTIONS,
)


def wants_person(text: str) -> bool:
    """Whether the text asks to be put through to a human being, in English or German."""
    asked = text[:_LONGEST].encode(errors="replace").decode()
    if _WHOLE.fullmatch(asked) is not None:
        return _NOT_ALONE.fullmatch(asked) is None
    return _INSIDE.search(asked) is not None and _NOT_MEANT.search(asked) is None
