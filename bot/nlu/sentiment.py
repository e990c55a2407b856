"""The mood of a message, by a list of strong words and turns of phrase with their negations, in English and German.

A list and not a model: a front desk only needs to notice the clearly angry and the clearly happy, at no cost
in time.
"""

import re

from bot.model.parse import Sentiment

_NEGATIVE = frozenset(
    "terrible awful horrible horrendous horrid abysmal atrocious dreadful diabolical appalling appalled"
    " disgusting disgusted disgrace disgraceful shocking shame shameful shambles worst worse bad poor poorly lousy"
    " crappy crap useless pointless ridiculous ludicrous laughable unacceptable outrageous outraged disappointed"
    " disappointing disappointment dissatisfied unsatisfied unhappy upset angry furious livid mad pissed annoyed"
    " annoying irritated irritating infuriating frustrated frustrating frustration hate hated pathetic rubbish"
    " trash garbage bullshit bs scam scammed scammers fraud thieves thief crooks liar liars lied robbed cheated"
    " rude insulting insulted unprofessional unfriendly unhelpful unreliable incompetent incompetence nightmare"
    " regret ignoring sucks suck stupid idiot idiots damn wtf fed schlecht schlechte schlechter"
    " schlechtes schlechten schlechtester schlechteste grottenschlecht grottig miserabel schrecklich furchtbar"
    " grauenhaft grausam entsetzlich katastrophe katastrophal desaster unverschämt unverschämtheit frechheit frech"
    " dreist zumutung skandal unding schande saftladen sauladen sauerei enttäuscht enttäuschend enttäuschung"
    " unzufrieden verärgert wütend sauer stinksauer empört ärgerlich ärgert ärgere nervt nervig nervtötend genervt"
    " frustriert frustrierend ätzend unmöglich inakzeptabel unzumutbar untragbar mies miese mieser mieses scheiße"
    " scheisse scheiß scheiss beschissen beschissene kacke mist dreck betrug betrüger betrogen belogen angelogen"
    " abzocke abgezockt verarscht verarschen verarschung unfähig unfreundlich unprofessionell unseriös inkompetent"
    " lächerlich lachhaft peinlich schwach hasse zeitverschwendung geldverschwendung".split()
)
_TROUBLE = frozenset("fail failed fails failing broken kaputt defekt".split())
"""They tell of no mood, but who thanks and says so is not happy either."""
_POSITIVE = frozenset(
    "thanks thank thx ty grateful thankful great good awesome excellent superb terrific marvellous flawless"
    " perfect perfectly wonderful fantastic amazing lovely love loved loving brilliant nice happy glad pleased"
    " satisfied impressed delighted thrilled amused helpful friendly polite professional reliable acceptable"
    " appreciate appreciated cheers super best cool wow danke dankeschön vielen prima toll tolle toller tolles gut"
    " gute guter perfekt perfekte wunderbar fantastisch großartig hervorragend ausgezeichnet exzellent begeistert"
    " beeindruckt klasse spitze spitzenmäßig genial hilfreich freundlich höflich professionell zuverlässig"
    " hilfsbereit akzeptabel freue freut glücklich dankbar zufrieden lieb liebe nett nette netter herzlichen beste"
    " bester".split()
)
_OF_GOODS = frozenset(
    "great good nice happy glad love super best cool bad poor worse worst perfect gut gute guter beste bester"
    " super schlecht schlechte toll tolle tolles liebe acceptable professional reliable friendly".split()
)
"""In a question they are of what is asked for: "which is the best plan", "can I get a good price"."""
_ASKS = re.compile(
    r"\s*(?:what|what's|where's|which|how (?:do|can|to|much|many)|can|could|do you|does|is|are|will|would you|where"
    r"|when|was (?:ist|sind|kostet)|welche[rsn]?|wie (?:kann|bekomme|viel)|kann|können|gibt es|habt ihr|haben sie|wo)"
    r"\b",
    re.IGNORECASE,
)
_TURNS = frozenset(
    "not no never none without don't doesn't didn't isn't aren't wasn't weren't won't can't cannot hardly dont"
    " doesnt didnt isnt arent wasnt wont cant nicht kein keine keinen keiner nie niemals kaum ohne".split()
)
_POLITE = re.compile(
    r"\bgood (?:morning|afternoon|evening|day|night)\b|\bguten? (?:morgen|tag|abend|nacht)\b|\bliebe grüße\b|\blg\b"
    r"|\b(?:thanks?|thank you|danke|dank)(?: (?:very much|so much|schon ?mal|schon))? (?:in advance|im vor(?:au|r)s)\b"
    r"|\bwould be (?:great|nice|good|lovely|perfect|appreciated)\b|\bwäre (?:toll|super|nett|lieb|gut|prima)\b"
    r"|\b(?:happy|glad|love|nice) to\b|\bno thanks?\b|\bnein danke\b|\bbest (?:regards|wishes)\b|\bgute frage\b",
    re.IGNORECASE,
)
"""Said by everybody, in whatever mood."""
_TURNED = re.compile(r"\b(?:anything but|far from|alles andere als|not very|not so|not at all)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_SCORN = re.compile(
    r"\b(?:(?:is|it's|that's|are you|such|what) a(?:n? \w+)? joke|taugt nichts"
    r"|unter aller (?:sau|kanone)"
    r"|joke of a|(?:ein|schlechter) witz"
    r"|wast(?:e|ed|es|ing) (?:of )?(?:my |our |your )?(?:time|money|life)"
    r"|(?:doesn'?t|does not|didn'?t|did not|won'?t|isn'?t) help(?:ing)?(?: (?:me|at all|much))?"
    r"|hilft (?:mir |uns )?(?:auch |gar |überhaupt |leider )*nicht|nicht geholfen"
    r"|(?:nase|schnauze) (?:\w+ )?voll|mir reicht'?s|es reicht|reicht mir|had (?:quite )?enough|enough is enough"
    r"|(?:sick|tired) of|(?:los(?:e|ing)|lost) (?:my |our |all )?patience|geduld (?:am ende|verloren|verliere)"
    r"|verliere (?:\w+ )?die geduld|never again|nie wieder|are you (?:serious|kidding|joking)|kidding me"
    r"|(?:nobody|no ?one|keiner|niemand) (?:ever )?"
    r"(?:answers?|replie[sd]|responds?|helps?|cares?|calls?|picks|meldet|antwortet|hilft|kümmert|reagiert|ruft)"
    r"|(?:rip|ripped|ripping)(?: (?:me|us|people))? ?off|l(?:ied|ying) to|let (?:me|us) down|im stich gelassen"
    r"|(?:i|we) (?:really )?(?:don'?t|do not) (?:really )?like"
    r"|(?:gefällt|gefallen|passt) (?:mir|uns) (?:\w+ ){0,2}nicht"
    r"|gar nicht gefallen|(?P<thanks>thank(?:s|\s?you) for nothing|danke für (?:nichts|gar nichts)))\b",
    re.IGNORECASE,
)
"""Anger in words that are none by themselves. What is called a joke; who asks for one is not angry. Thanks for nothing
are none."""
_PRAISE = re.compile(
    r"\b(?:can'?t complain|no complaints?|keine beschwerden?|(?:couldn'?t|could not) be (?:happier|better)|well done"
    r"|(?:good|great|nice) (?:job|work)|works (?:like a charm|perfectly|now|again|great)|spot on|(?:made|saved) my day"
    r"|i (?:really |do |quite )?like (?:it|this|that|the|your|how)|gerne? wieder"
    r"|(?:gefällt|gefallen) (?:mir|uns) (?:\w+ )?(?:gut|sehr|super|prima)"
    r"|hat (?:\w+ )?(?:geklappt|geholfen|funktioniert)|funktioniert (?:jetzt|wieder)|weiter so"
    r"|you (?:guys )?rock)\b",
    re.IGNORECASE,
)
_IN_PHRASES = frozenset(
    "joke witz waste wasted wastes wasting help helping hilft geholfen voll reicht reicht's enough sick tired"
    " patience geduld again wieder serious kidding joking nobody no noone one keiner niemand complain complaint"
    " complaints beschwerden beschwerde rip ripped ripping lied lying let stich like gefällt gefallen"
    " passt nothing nichts happier better done job work works spot day gern gerne geklappt funktioniert weiter"
    " rock taugt aller".split()
)
"""A word of these is in each phrase: without one, none is looked for."""
_NOT_SO = re.compile(r"\b(?:nicht|not|n't|nie|never)\b", re.IGNORECASE)
_FACES = dict.fromkeys(
    (":)", ":-)", ":D", ";)", "😊", "🙂", "😀", "😃", "😄", "😁", "😍", "🥰", "🤩", "👍", "👏", "💪", "❤", "🎉"), 1
) | {
    ":(": -1, ":-(": -1, "😡": -2, "🤬": -2, "😠": -2, "😞": -1, "👎": -1, "😤": -1, "😢": -1, "😭": -1, "😩": -1,
    "😫": -1, "😒": -1, "🙄": -1, "🤦": -1, "💩": -1, "☹": -1,
}  # fmt: skip
_REACH = 2


def sentiment_of(text: str) -> Sentiment:
    """Strong words and phrases counted up and down; a negation turns the next two words round."""
    said = _TURNED.sub(" not ", _POLITE.sub(" ", text.replace("\u2019", "'")))
    score = sum(count for face, count in _FACES.items() if face in text)
    words = _WORD.findall(said.casefold())
    if not _IN_PHRASES.isdisjoint(words):
        score += sum(not _NOT_SO.search(match[0]) for match in _PRAISE.finditer(said))
        score -= sum(2 if match["thanks"] else 1 for match in _SCORN.finditer(said))
        words = _WORD.findall(_PRAISE.sub(" ", _SCORN.sub(_thanks_alone, said)).casefold())
    score += _of_words(words, asks=not _OF_GOODS.isdisjoint(words) and _ASKS.match(said) is not None)
    if score > 0 and not _TROUBLE.isdisjoint(words):
        return "neutral"
    return "negative" if score < 0 else "positive" if score > 0 else "neutral"


def _of_words(words: list[str], asks: bool) -> int:
    score = 0
    for place, word in enumerate(words):
        weight = -1 if word in _NEGATIVE else 1 if word in _POSITIVE else 0
        if weight and _TURNS.intersection(words[max(0, place - _REACH) : place]):
            # "Not bad" is no praise, "not good" is a complaint.
            weight = -1 if weight > 0 else 0
        elif asks and word in _OF_GOODS:
            weight = 0
        score += weight
    return score


def _thanks_alone(match: re.Match[str]) -> str:
    """What is left of a phrase to be counted word by word."""
    return match[0] if match["thanks"] else " "
