"""The mood of a message, by a small list of strong words with their negations, in English and German.

A list and not a model: a front desk only needs to notice the clearly angry and the clearly happy, at no cost
in time.
"""

import re

from bot.model.parse import Sentiment

_NEGATIVE = frozenset(
    "terrible awful horrible worst useless ridiculous unacceptable disappointed disappointing"
    " disappointment angry furious"
    " annoyed annoying frustrated frustrating frustration hate hated disgusting disgrace pathetic"
    " rubbish crap garbage"
    " trash scam fraud rude incompetent nightmare sucks suck stupid idiot idiots damn wtf fed"
    " outrageous unhappy"
    " dissatisfied upset appalling shame lousy poor bad worse fail failed fails broken"
    " schlecht schlechte schlechter schlechtester schrecklich furchtbar katastrophe katastrophal"
    " unverschämt unverschämtheit"
    " frechheit enttäuscht enttäuschend enttäuschung wütend sauer ärgerlich ärgert ärgere nervt"
    " nervig genervt frustriert"
    " unmöglich inakzeptabel unzumutbar mies miese mieser scheiße scheisse mist betrug betrüger"
    " abzocke unfähig lächerlich"
    " hasse unzufrieden saftladen sauerei kaputt".split()
)
_POSITIVE = frozenset(
    "thanks thank thx ty great good awesome excellent perfect wonderful fantastic amazing lovely"
    " love loved brilliant nice"
    " happy glad pleased helpful appreciate appreciated cheers super best cool wow"
    " danke dankeschön vielen prima toll gut gute guter perfekt wunderbar fantastisch großartig"
    " klasse spitze genial hilfreich"
    " freue freut glücklich zufrieden lieb liebe nett nette netter herzlichen beste bester".split()
)
_TURNS = frozenset(
    "not no never don't doesn't didn't isn't wasn't won't can't cannot hardly nicht kein keine nie kaum".split()
)
_GREETINGS = re.compile(
    r"\b(?:good (?:morning|afternoon|evening|day)|guten? (?:morgen|tag|abend)|liebe grüße|lg)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_SCORN = re.compile(
    r"\b(?:is|are you|such|what) a(?:n? \w+)? joke\b|\bjoke of a\b|\b(?:ein|schlechter) witz\b|"
    r"(?P<thanks>\b(?:thank(?:s|\s?you) for nothing|danke für (?:nichts|gar nichts)))\b",
    re.IGNORECASE,
)
"""What is called a joke; who asks for one is not angry. Thanks for nothing are none."""
_FACES = {":)": 1, ":-)": 1, ":D": 1, "😊": 1, "🙂": 1, "😀": 1, "👍": 1, "❤": 1, "🎉": 1} | {
    ":(": -1, ":-(": -1, "😡": -2, "🤬": -2, "😠": -2, "😞": -1, "👎": -1, "😤": -1,
}  # fmt: skip
_REACH = 2


def sentiment_of(text: str) -> Sentiment:
    """Strong words counted up and down; a negation turns the next two words round."""
    words = [word.replace("\u2019", "'") for word in _WORD.findall(_GREETINGS.sub(" ", text).casefold())]
    score = sum(count for face, count in _FACES.items() if face in text)
    score -= sum(2 if match["thanks"] else 1 for match in _SCORN.finditer(text))
    for place, word in enumerate(words):
        weight = -1 if word in _NEGATIVE else 1 if word in _POSITIVE else 0
        if weight and _TURNS.intersection(words[max(0, place - _REACH) : place]):
            # "Not bad" is no praise, "not good" is a complaint.
            weight = -1 if weight > 0 else 0
        score += weight
    return "negative" if score < 0 else "positive" if score > 0 else "neutral"
