"""Effects that outlive their turn: their outcomes come back through intake, as events."""

from bot.errors import NotFound, Superseded
from bot.failpoints import reach
from bot.model.action import Failure
from bot.model.base import JsonObject
from bot.model.effect import Act, Think
from bot.model.incoming import EffectDone
from bot.model.state import State
from bot.ports import Clock
from bot.rules.tracker import rasa_tracker
from bot.services.effects import Effects
from bot.services.intake import Intake
from bot.services.segments import Snapshot
from bot.store.patience import patiently


class DetachedEffects:
    def __init__(self, effects: Effects, intake: Intake, clock: Clock) -> None:
        self._effects = effects
        self._intake = intake
        self._clock = clock

    async def run(self, call: JsonObject, snapshot: JsonObject) -> None:
        """See the effect to its end (joining it where it is under way) and store its outcome once."""
        effect = effect_of(call)
        place = Snapshot.model_validate(snapshot)
        outcome = await self._outcome(effect, place)
        reach("detached.outcome.before")
        key = f"outcome/{effect.key}/{effect.attempt}"
        try:
            await patiently(lambda: self._intake.tell(place.instance, key, outcome))
        except NotFound:
            return  # the instance has been erased meanwhile: nobody waits any more
        reach("detached.outcome.after")

    async def _outcome(self, effect: Act | Think, place: Snapshot) -> EffectDone:
        tracker = rasa_tracker(State.model_validate_json(place.state), place.instance)
        try:
            done = await self._effects.first_outcomes([effect], place.instance, place.epoch, tracker, None)
            return done[0]
        except Superseded:
            failure = Failure(kind="unavailable", message="a person took over before it was begun")
            return EffectDone(key=effect.key, failure=failure, at=self._clock.now())


def effect_of(call: JsonObject) -> Act | Think:
    """The effect in its stored form, which says what it ``is``."""
    fields = {name: value for name, value in call.items() if name != "is"}
    return Act(**fields) if call["is"] == "act" else Think(**fields)
