"""Yes and no."""

import re

from bot.rules.values.answer import Answer, Filled, Refused
from bot.rules.values.wording import DENIALS, normal


def _phrases(text: str) -> tuple[str, ...]:
    """Without apostrophes, as half of all people write them."""
    return tuple(phrase.strip().replace("'", "") for line in text.strip().splitlines() for phrase in line.split(","))


_YES = _phrases("""
    yes, y, yep, yup, yeah, yea, ya, aye, sure, sure thing, ok, okay, okey, k, correct, right, true, on, 1
    fine, that's right, that is right, of course, definitely, absolutely, certainly, indeed, exactly
    affirmative, please do, go ahead, do it, i do, i did, i am, i have, it is, it does, that works
    sounds good, no problem, why not, please, i think so, i guess so, i suppose so, i believe so, id say so
    i hope so, please do so, yes please, that's it, that's the one, looks good, all good, perfect, 👍, ✅, ✔
    ja, j, jo, jep, jup, jawohl, klar, na klar, natürlich, gerne, gern, genau, stimmt, richtig, korrekt
    wahr, passt, in ordnung, selbstverständlich, sicher, aber sicher, auf jeden fall, unbedingt, doch, bitte
    kein problem, warum nicht, mach das, jap, jepp, jupp, joa, ja gut, jawoll, logisch, freilich, glaub schon
    glaube schon, ich glaube schon, denke schon, ich denke schon, ich glaube ja, ich denke ja, mach mal, machen sie das
    sieht gut aus, alles gut, perfekt, immer doch
""")
_NO = _phrases("""
    no, n, nope, nah, nay, no way, never, not really, not at all, not now, not yet, incorrect, wrong, false
    off, 0, negative, of course not, absolutely not, definitely not, certainly not, i don't, i do not
    i didn't, i did not, i'm not, i am not, i haven't, i have not, don't, do not
    it isn't, it is not, it's not, it doesn't, that's wrong, that is wrong, no thanks, no thank you, 👎, ❌, ✖
    i don't think so, i do not think so, don't think so, i guess not, i think not, i'd rather not, i would rather not
    rather not, better not, please don't, that's not right, that is not right, that isn't right, that's not it
    not right, not correct, no need, not necessary, hell no, nope nope, i don't want that, i don't want to
    nein, ne, nee, nö, nicht, nie, niemals, auf keinen fall, keinesfalls, keineswegs
    stimmt nicht, falsch, unwahr, lieber nicht, eher nicht, noch nicht, natürlich nicht, sicher nicht
    bloß nicht, nein danke, passt nicht, noe, nöö, auf gar keinen fall, glaub nicht, glaube nicht, ich glaube nicht
    ich glaub nicht, denke nicht, ich denke nicht, bitte nicht, überhaupt nicht, gar nicht, eher weniger, nicht wirklich
    nicht nötig, nein lieber nicht, besser nicht, das stimmt nicht, das passt nicht, will ich nicht, möchte ich nicht
    ich will nicht, ich möchte nicht, lass mal
""")
_UNSURE = _phrases("""
    not sure, don't know, do not know, dunno, no idea, maybe, perhaps, depends, unsure, yes and no
    weiß nicht, weiss nicht, keine ahnung, vielleicht, nicht sicher, kommt drauf an, mal sehen
    ja und nein, jein
""")
_PHRASES = ((_YES, True), (_NO, False))
_CLEAR = dict.fromkeys("yes yep yup yeah sure ja jep jawohl klar 👍".split(), True)
_CLEAR |= dict.fromkeys("no nope nah nein nee nö 👎".split(), False)
_MILD = frozenset("ok okay okey k fine right gut well".split())
"""Words that only open a sentence where another answer follows."""
_FILLERS = frozenset(
    "please pls plz thanks thank you thx so do it that is very much then i think guess and well also oh ah hm hmm"
    " bitte danke doch mal sehr und schon denke glaube das ist".split()
)
_KNOWN = frozenset(word for phrases in (_YES, _NO, _UNSURE) for phrase in phrases for word in phrase.split())
_DENIALS = frozenset(word.replace("'", "") for word in DENIALS - {"no"})
_REPEATED = re.compile(r"(.)\1+")
_SHORT_FORMS = {"pls": "please", "plz": "please"}


def read_boolean(text: str) -> Answer:
    """True or false: from nothing but agreement or refusal, or from words that begin with a clear one.

    In a short answer one clear word anywhere is enough. Doubt, and both at once, are refused.
    """
    said = " ".join(_plain(word) for word in normal(text).replace("'", "").split())
    if any(_holds(said, phrase) for phrase in _UNSURE):
        return Refused("not_yes_or_no")
    if said.split()[:1] and said.split()[0] in _MILD and _agreements(said.partition(" ")[2])[0]:
        said = said.partition(" ")[2]  # "ok, no" is a no
    meant, rest = _agreements(said)
    words = said.split()
    clear = {_CLEAR[word] for word in words[1:] if word in _CLEAR}
    if len(set(meant)) == 1 and not rest:
        return Filled(meant[0])
    if words and words[0] in _CLEAR and not clear - {meant[0]}:
        return Filled(meant[0])
    if len(clear) == 1 and not meant and len(words) <= 6 and not _DENIALS & set(words):
        return Filled(clear.pop())
    return Refused("not_yes_or_no")


def _plain(word: str) -> str:
    """The word as it is known: "yesss" is yes and "nooo" is no, but "nee" is itself."""
    if word in _KNOWN or word in _FILLERS:
        return _SHORT_FORMS.get(word, word)
    once = _REPEATED.sub(r"\1", word)
    return once if once in _KNOWN else word


def _agreements(said: str) -> tuple[list[bool], str]:
    """The yes and no phrases that a text begins with, fillers aside, and what is left behind them."""
    meant: list[bool] = []
    while said:
        phrase, answer = max(
            ((phrase, answer) for phrases, answer in _PHRASES for phrase in phrases if _leads(said, phrase)),
            key=lambda found: len(found[0]),
            default=("", None),
        )
        if answer is not None:
            meant.append(answer)
            said = said[len(phrase) :].strip()
        elif said.split()[0] in _FILLERS:
            said = said.partition(" ")[2]
        else:
            break
    return meant, said


def _leads(said: str, phrase: str) -> bool:
    return said == phrase or said.startswith(phrase + " ")


def _holds(said: str, phrase: str) -> bool:
    return f" {phrase} " in f" {said} "
