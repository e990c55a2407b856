"""Words that repair a conversation: cancel, repeat, skip, start again, and "no, I meant ...".

Rules of their own, like the wish for a person: they must work on every desk, whatever its examples are. They are made
for precision: a command is the whole message, and a correction begins or ends with its marker.
"""

from typing import Final, Literal

import re2

Command = Literal["cancel", "repeat", "skip", "restart", "explain"]
_OPTIONS = re2.Options()
_OPTIONS.case_sensitive = False
_LONGEST = 500

_POLITE = (
    r"(?:please|pls|plz|ok|okay|oh|no|nope|hm+|well|actually|thanks|thank\syou|sorry|just|then|now|it|this|that|all|"
    r"let'?s|wait|so+r+y+|sry|hey|hi|um+|uh+|i\swant\sto|i'd\slike\sto|can\s(?:you|we|i)|could\s(?:you|we|i)|"
    r"bitte|nein|ach|moment|warte|doch|danke|jetzt|mal|das|es|ich\s(?:will|möchte)|kannst\sdu|können\ssie|lass\suns|einfach)"
)
_COMMANDS: Final[dict[Command, str]] = {
    "cancel": (
        r"(?:cancel(?:\s(?:it|this|that|everything|the\s(?:request|process)))?|never\s?mind|nvm|forget\s(?:it|about\sit|that|this)|"
        r"stop(?:\s(?:it|this|that))?|abort|quit|exit|drop\sit|leave\sit|i\s(?:have\s)?changed\smy\smind|"
        r"abbrechen|abbruch|brich\s(?:das\s)?ab|stopp?|vergiss\s(?:es|das)|vergessen\ssie\s(?:es|das)|schon\sgut|"
        r"hat\ssich\serledigt|doch\snicht|lassen?\swir(?:\s(?:es|das))?|lass\s(?:es|das|gut\ssein))"
    ),
    "repeat": (
        r"(?:repeat(?:\s(?:that|it|the\squestion|yourself))?|say\s(?:that|it)\sagain|again|once\smore|come\sagain|pardon(?:\sme)?|"
        r"what\s(?:did|was)\s(?:you\ssay|that|the\squestion)(?:\sagain)?|what\swere\syou\s(?:asking|saying)|"
        r"wiederhol(?:e|en)?(?:\ssie)?|noch\s?(?:ein)?mal|sag\s(?:das\s)?noch\s?(?:ein)?mal|wie\swar\sdie\sfrage|"
        r"was\shast\sdu\sgesagt|wie\sbitte|what|huh|hä+|was|wie)"
    ),
    "skip": (
        r"(?:skip(?:\s(?:it|this|that|(?:this|the)\s(?:question|step|one)))?|next(?:\squestion)?|pass|move\son|"
        r"i(?:'d|\swould)\srather\snot\s(?:say|tell(?:\syou)?|answer)|i\s(?:don'?t|do\snot)\swant\sto\s(?:say|tell(?:\syou)?|answer)(?:\sthat)?|"
        r"überspring(?:e|en)?|weiter|nächste(?:\sfrage)?|möchte\sich\snicht\s(?:sagen|beantworten)|sag(?:e)?\sich\snicht)"
    ),
    "explain": (
        r"(?:why(?:\s(?:do|would|should|are|is|must)\s(?:you|i|that|this|it)(?:\s\w+){0,5})?|what(?:'s|\sis)?\s(?:do\syou\sneed\s)?(?:it|that|this)\s"
        r"for|what\sfor|what\sdo\syou\s(?:need|want)\s(?:it|that|this|my\s\w+)\sfor|is\s(?:that|this|it)\s(?:really\s)?(?:necessary|needed)|"
        r"do\si\s(?:really\s)?(?:have|need)\sto|(?:that'?s|that\sis|it'?s)\s(?:none\sof|not)\syour\sbusiness|"
        r"(?:das\s)?geht\s(?:euch|dich|sie)\s(?:gar\s)?nichts\san|(?:warum|wozu|wofür|wieso|weshalb)(?:\s(?:brauch|will|woll|müss|muss|soll|frag|möcht)\w*"
        r"(?:\s\w+){0,5})?|muss\s(?:das|ich\sdas)(?:\s(?:wirklich|sein|unbedingt|sagen|angeben)){0,3})"
    ),
    "restart": (
        r"(?:restart|reset|start\s(?:over|again|anew|from\sscratch|from\sthe\sbeginning)|begin\sagain|"
        r"from\sthe\s(?:beginning|start)|neu\s?start(?:en)?|von\svorn(?:e)?(?:\sanfangen)?|von\sneuem|"
        r"(?:noch\s?mal|nochmals|alles)\svon\svorn(?:e)?|neu\sanfangen|zurücksetzen)"
    ),
}
_WHOLE: Final = {
    name: re2.compile(rf"[\s\W]*(?:{_POLITE}[\s\W]+)*{words}(?:[\s\W]+(?:{_POLITE}|{words}))*[\s\W]*", _OPTIONS)
    for name, words in _COMMANDS.items()
}

_MEANT = re2.compile(
    # "no, I meant Pro", "sorry, it's anna@example.com", "actually A-2004", "nein, ich meinte Pro"
    r"[\s\W]*(?:(?:no|nope|nah|wait|so+r+y+|sry|oops|ups|hang\son|hold\son|oh|hm+|nein|nee|nö|ne|doch|moment|entschuldigung|stopp?|halt|ach)"
    r"[\s\W]+)*"
    r"(?:i\s(?:actually\s)?meant(?:\sto\s(?:say|write|type))?|i\smean|(?:that|it)\s(?:should|must)\s(?:be|have\sbeen)|"
    r"(?:it|that)(?:'s|\sis)\s(?:actually|rather)|actually(?:\s(?:it'?s|it\sis|i\smeant|make\s(?:it|that)))?|"
    r"make\s(?:it|that)|change\s(?:it|that)\sto|correction|rather|i\s(?:mis(?:typed|spelled|spelt)|made\sa\stypo)|"
    r"wrong(?:\sone)?|not\s(?:that|this)(?:\sone)?|"
    r"ich\smeinte?|gemeint\swar|es\s(?:ist|war|muss|sollte)\s(?:eigentlich|natürlich)|eigentlich|korrektur|sondern|vielmehr|"
    r"ich\shabe\smich\s(?:vertippt|verschrieben|geirrt)|falsch|nimm\slieber|lieber|besser)\b[\s:,;.!-]*(?P<rest>.*)",
    _OPTIONS,
)
_NO_BUT = re2.compile(
    # As in "no, the other address: b@example.com", or "nein, am 12.3."
    r"[\s\W]*(?:no|nope|wait|so+r+y+|sry|oops|ups|oh\sno|nein|moment|entschuldigung|halt)[\s]*[,:;.!-]+[\s]*(?P<rest>.+)",
    _OPTIONS,
)


_NEITHER = re2.compile(
    r"[\s\W]*(?:no|nope|neither(?:\sof\s(?:them|those|both))?|none(?:\sof\s(?:them|those|these))?|something\selse|"
    r"not\s(?:that|those|these)|nein|keins?(?:\svon\sbeiden)?|keines(?:\sdavon)?|weder\snoch|was\sanderes|"
    r"etwas\sanderes|nichts\sdavon)[\s\W]*",
    _OPTIONS,
)
_CHANGE = re2.compile(
    # "change my email", "the address is wrong", "can I correct the date", "die Adresse stimmt nicht"
    r"[\s\W]*(?:(?:can|could|may)\si\s|i\s(?:want|need|would\slike|have)\sto\s|let\sme\s|please\s|wait\s|sorry\s)*"
    r"(?:change|correct|fix|edit|update)\s(?:the|my|that)\s(?P<a>[\w -]{2,40})[\s\W]*"
    r"|[\s\W]*(?:(?:wait|sorry|oh|no|nein|moment|halt)[\s\W]+)*(?:(?:the|my|die|der|das|meine?)\s)(?P<b>[\w -]{2,40}?)"
    r"\s(?:is|was|ist|war|stimmt|passt)\s(?:wrong|incorrect|not\s(?:right|correct)|falsch|nicht(?:\srichtig)?|verkehrt)[\s\W]*"
    r"|[\s\W]*(?:(?:bitte|moment|halt)\s)*(?:ich\s(?:will|möchte|muss)\s|kann\sich\s)?(?:die|den|das|meine?n?)\s"
    r"(?P<c>[\w -]{2,40})\s(?:ändern|korrigieren|berichtigen)[\s\W]*"
    r"|[\s\W]*(?:(?:wait|sorry|oh|no|oops|damn)[\s\W]+)*(?:i\s(?:have\s|just\s)?(?:used|gave|given|wrote|written|entered|typed|sent)\s"
    r"(?:you\s)?|that\s(?:is|was)\s|it\s(?:is|was)\s)?(?:the|a|my)?\s?wrong\s(?P<d>[\w-]{2,40})[\s\W]*"
    r"|[\s\W]*(?:(?:moment|sorry|oh|nein|ups)[\s\W]+)*(?:(?:ich\shabe?|das\s(?:ist|war)|es\swar)\s)?(?:die|den|das|eine?n?)?\s?"
    r"falsche[nrsm]?\s(?P<e>[\w-]{2,40})(?:\s(?:angegeben|geschrieben|genommen|genannt|getippt|gegeben))?[\s\W]*",
    _OPTIONS,
)


_CANNOT_ANSWER = re2.compile(
    rf"[\s\W]*(?:{_POLITE}[\s\W]+)*"
    r"(?:(?:i\s)?(?:don'?t|do\snot)\s(?:know|remember|have)(?:\s(?:it|that|one|the|my|any)(?:\s\w+){0,3})?|"
    r"(?:i\shave\s)?no\s(?:idea|clue)(?:\s(?:which|what|where|who)(?:\s\w+){0,4})?|(?:i\s)?(?:forgot|lost)\s(?:it|that|the\s\w+|my\s\w+)|dunno|"
    r"(?:das\s|ich\s)?wei(?:ß|ss)\s(?:ich\s|es\s|das\s)?(?:leider\s)?nicht(?:\smehr)?|"
    r"(?:ich\shabe?\s)?keine\sahnung(?:\s(?:welche[rsn]?|was|wo|wie|wer)(?:\s\w+){0,4})?|"
    r"(?:die\s|das\s|den\s)?(?:\w+\s)?hab(?:e)?\sich\s(?:leider\s)?(?:gerade\s)?nicht(?:\smehr)?)"
    rf"(?:[\s\W]+{_POLITE})*[\s\W]*",
    _OPTIONS,
)


def cannot_answer(text: str) -> bool:
    """Whether somebody says that they have no answer to what they are asked."""
    return _CANNOT_ANSWER.fullmatch(text[:_LONGEST].encode(errors="replace").decode()) is not None


def says_neither(text: str) -> bool:
    """Whether somebody who was offered a choice wants none of it."""
    return _NEITHER.fullmatch(text[:_LONGEST].encode(errors="replace").decode()) is not None


def wants_changed(text: str) -> str | None:
    """What somebody wants to give another value, in their words, where they do not say which value yet."""
    found = _CHANGE.fullmatch(text[:_LONGEST].encode(errors="replace").decode())
    return None if found is None else next((words for words in found.groups() if words), None)


def command_of(text: str) -> Command | None:
    """The repair that the whole text asks for, in English or German, whatever polite words stand around it."""
    asked = text[:_LONGEST].encode(errors="replace").decode()
    if len(asked.split()) > 8:
        return None
    return next((name for name, pattern in _WHOLE.items() if pattern.fullmatch(asked) is not None), None)


def meant_instead(text: str) -> str | None:
    """What stands behind "no, I meant" or its like; None when the text takes nothing back."""
    asked = text[:_LONGEST].encode(errors="replace").decode()
    found = _MEANT.fullmatch(asked) or _NO_BUT.fullmatch(asked)
    return None if found is None else found["rest"].strip() or None
