"""A classifier that knows the desk's examples word for word, and who wants a person: for tests of what happens next."""

from collections.abc import Mapping

from bot.model.desk import Desk
from bot.model.parse import Guess, Parse
from bot.nlu.entities import EntityFinder
from bot.nlu.examples import exact_key, intent_examples
from bot.nlu.language import LanguageGuesser
from bot.nlu.pipeline import HUMAN_REQUEST
from bot.nlu.sentiment import sentiment_of
from bot.nlu.urgency import urgency_of
from bot.rules.human import wants_person


class ExampleClassifier:
    """A Classifier. Entities, languages and moods are found as in the real one, nothing is learned."""

    def __init__(self, desk: Desk) -> None:
        examples = intent_examples(desk.nlu)
        home = desk.settings.languages[0]
        self._intents = {exact_key(one.text): one.intent for one in examples}
        self._entities = EntityFinder(desk)
        samples = [(one.text, one.language or home) for one in examples]
        self._language = LanguageGuesser(desk.settings.languages, samples)
        self.thresholds: Mapping[str, float] = {}

    async def prepare(self, text: str, language: str | None = None) -> None:
        """Nothing of it takes long."""

    def parse(self, text: str, language: str | None = None) -> Parse:
        spoken = self._language.guess(text, language)
        intent = self._intents.get(exact_key(text)) or (HUMAN_REQUEST if wants_person(text) else None)
        mood = sentiment_of(text)
        return Parse(
            intent=intent,
            confidence=0.0 if intent is None else 1.0,
            alternatives=() if intent is None else (Guess(intent=intent, confidence=1.0),),
            reasons=("unfamiliar",) if intent is None else (),
            entities=self._entities.find(text, spoken),
            language=spoken,
            sentiment=mood,
            urgency=urgency_of(text, mood),
        )
