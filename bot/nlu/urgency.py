"""How pressing a message is, by what it says and how loudly, in English and German.

Each message is searched for all of these words, so they are RE2's: it looks for all of them at once.
"""

import re
from typing import Any

import re2

from bot.model.parse import Sentiment, Urgency

_ANY_CASE = re2.Options()
_ANY_CASE.case_sensitive = False
_NOTHING_SAID: Any = re2.compile(
    r"\bemergency (?:numbers?|exits?|contacts?|funds?|kits?|rooms?|services?)\b|\burgent care\b"
    r"|\bhow (?:urgent|critical)\b|\bwie dringend\b"
    r"|\b(?:open|available) right now\b|\bnotfall(?:nummer|kontakt)e?n?\b|\bimmediately or\b"
    r"|\b(?:sofort|gleich) oder\b"
    r"|^\s*(?:what|when|which|where|was|wann|welche) (?:does|is|are|ist|sind)? ?"
    r"(?:a |the |die |der |das )?(?:high priority|top priority|deadline|frist|outage|lawyer|anwalt)\b"
    r"|^\s*right now,? (?:i|we)(?:'m| am| are| have|'ve)\b",
    _ANY_CASE,
)
"""Words of urgency that are the subject, not the tone."""
_THINGS = r"(?:production|everything|site|website|webshop|system|service|shop|server|network|platform|app)s?"
_GERMAN_THINGS = r"(?:produktion|server|seite|website|webshop|shop|system|betrieb|anlage)"
_VALUABLES = r"(?:card|phone|wallet|purse|passport|bag|karte|handy|ausweis|geldbörse|geldbeutel)"
_HIGH: Any = re2.compile(
    r"(?:^|[^\pL\pN_])(?:urgent(?:ly)?|asap|as soon as possible|immediate(?:ly)?|right (?:now|away)|emergency"
    r"|critical|at once|hurry"
    r"|quickly|time[- ](?:sensitive|critical)|can'?t wait|cannot wait|outage|nothing works|deadline|last warning"
    rf"|{_THINGS} (?:is|are) (?:completely |totally |all )?(?:down|offline)"
    r"|(?:nobody|no ?one|none of us) can(?:'?t|not)? (?:work|log ?in|order|pay)|los(?:e|ing) (?:money|customers|sales)"
    r"|need (?:this|it|that|them|help|an answer|a reply|someone) (?:\S+ ){0,3}(?:now|today|tonight|by tomorrow)"
    r"|(?:before|by) (?:\d{1,2}(?::\d\d)? ?(?:am|pm)|noon|tonight|the end of (?:the )?(?:day|today))"
    r"|(?:today|tonight) at the latest|within the (?:next )?hour|legal action|lawyer"
    r"|(?:flight|plane|train|bus|ferry) (?:leaves|departs|goes|is leaving) "
    r"(?:in \S+ (?:hours?|minutes?)|in an hour|soon|today|tonight)"
    r"|(?:top|highest|high|maximum) priority|p1|prio(?:rität)? (?:1|eins)|sev ?1"
    r"|(?:account|profile|konto|profil) (?:\S+ ){0,2}compromised|hacked|gehackt|broken? into"
    r"|burst pipe"
    r"|pouring out|flooding|rohrbruch|wasserschaden|can'?t breathe|können nicht (?:mehr )?arbeiten|alles steht"
    rf"|{_VALUABLES} (?:\S+ ){{0,2}}(?:stolen|gestohlen|geklaut)|someone (?:is|else is) using my"
    r"|gas (?:leak|smell)|smell gas|gasgeruch|riecht nach gas|ausgesperrt"
    r"|locked out of (?:my|the|our) (?:house|home|flat|apartment|car|room)"
    r"|dringend(?:st|e[rnsm]?)?|eilt|eilig|sofort|umgehend|unverzüglich|so (?:schnell|bald) wie möglich"
    r"|schnellstmöglich|baldmöglichst|notfall|zeitkritisch|kann nicht (?:länger )?warten|duldet keinen aufschub"
    rf"|{_GERMAN_THINGS} (?:steht(?: still)?|liegt lahm|ist (?:komplett |ganz )?(?:down|offline|ausgefallen))"
    r"|steht alles still|niemand kann (?:arbeiten|bestellen|bezahlen|sich anmelden)|nichts geht mehr"
    r"|(?:brauchen?|benötigen?)(?: \S+){0,4} (?:bis (?:heute|morgen)|noch heute|jetzt gleich)"
    r"|bis (?:heute|morgen)(?: \S+){0,2} (?:brauchen?|benötigen?|muss)"
    r"|(?:flug|flieger|zug|bus|fähre) (?:geht|fährt|startet|fliegt) (?:in \S+ (?:stunden?|minuten)|gleich|heute)"
    r"|höchste priorität|kritisch|brennt|ausfall|heute noch|anwalt|letzte mahnung|frist)(?:[^\pL\pN_]|$)",
    _ANY_CASE,
)
_LOW: Any = re2.compile(
    r"(?:^|[^\pL\pN_])(?:no (?:rush|hurry|emergency|stress|deadline)|not (?:\S+ )?(?:urgent|in a hurry)|in no hurry"
    r"|no need to (?:rush|hurry)|whenever you can|not time[- ](?:critical|sensitive)|ohne (?:stress|eile|hektik)"
    r"|nicht (?:so )?wichtig"
    r"|nothing (?:\S+ )?urgent|(?:not|isn'?t|no) an? (?:\S+ )?emergency|isn'?t (?:\S+ )?urgent"
    r"|when(?:ever)? (?:you (?:have|get|find) (?:a )?(?:time|chance|moment|minute)|it suits you|convenient)"
    r"|take your time|at your convenience|low prio(?:rity)?|can wait|some ?time"
    r"|just (?:curious|wondering)|no pressure|fyi|for your information"
    r"|keine? (?:eile|notfall|stress|hektik)|nicht (?:\S+ )?(?:dringend|eilig|in eile)|nichts (?:dringendes|eiliges)"
    r"|eilt nicht|(?:hat|haben) (?:ja |noch )?zeit|bei gelegenheit|wenn (?:du|sie|ihr) (?:mal |gerade )?zeit"
    r"|lassen sie sich (?:ruhig )?zeit|lass(?:t euch| dir) (?:ruhig )?zeit|irgendwann|nur so|nur zur info|zur info"
    r"|aus neugier|nicht sofort)(?:[^\pL\pN_]|$)",
    _ANY_CASE,
)
_LETTERS = re.compile(r"[^\W\d_]")
_LEAST_SHOUTED = 10
_SHOUT_SHARE = 0.7


def urgency_of(text: str, sentiment: Sentiment) -> Urgency:
    """Words decide; capitals and rows of exclamation marks raise it, unless the mood is a happy one."""
    said = text.replace("\u2019", "'")
    if _LOW.search(said):
        return "low"
    if _HIGH.search(said) and _HIGH.search(_NOTHING_SAID.sub(" ", said)):
        return "high"
    return "high" if sentiment != "positive" and _shouted(text) else "normal"


def _shouted(text: str) -> bool:
    letters = _LETTERS.findall(text)
    loud = sum(letter.isupper() for letter in letters) > _SHOUT_SHARE * len(letters)
    return "!!!" in text or (len(letters) >= _LEAST_SHOUTED and loud)
