"""Random desks for the properties of the interpreter: every kind of step, nested, with everything a step may have."""

import json
import random
from typing import Any

from bot.edges.desk_loader import load_core, load_texts
from bot.model.desk import Desk
from bot.rules.check.desk import check_desk
from tests.flows.small_desks import Tools

Step = dict[str, Any]
STYLE = {"dead-end", "unreachable", "never-runs", "endless-circle", "wait-in-parallel"}
"""Errors of the checker that leave a flow whole: somebody should look at it, but it can run."""
CONDITIONS = (
    "vars.n == 1",
    "slots.count is none",
    "slots.count > 2",  # fails while the slot is empty
    "input.text == 'go'",
    "slots.colour == 'red' or vars.n > 0",
    "not slots.colour",
)
TEXTS = (
    "hello",
    "{{ slots.count }}",
    "{{ vars.n }} {{ slots.colour }}",
    "{{ now() }}",
    "{{ vars }}",
    "{{ slots.count + 1 }}",
)
NUMBERS = (1, 2, "{{ vars.n + 1 }}", "{{ slots.count }}", "{{ slots.count * 2 }}")


def random_desk(chance: random.Random) -> Desk:
    """A desk whose flows are random: two that intents begin, one that they may call and one that they may link to."""
    return load({name: _Writer(chance).flow(name) for name in ("main", "other", "called", "linked")})


def load(flows: dict[str, Any]) -> Desk:
    """The desk of these flows. The checker may find them odd, but nothing in them that could not run."""
    whole = {
        "flows": flows,
        "slots": {
            "count": {"type": "integer", "prefill": True},
            "colour": {"type": "choice", "values": ["red", "blue"]},
        },
        "responses": {
            "utter_ask_count": [{"text": "How many?"}],
            "utter_ask_colour": [{"text": "Which colour, now that it is {{ slots.count }}?"}],
            "utter_both": [{"text": "First"}, {"text": "Second {{ slots.colour }}"}],
        },
        "nlu": [{"intent": "go", "examples": ["go"]}, {"intent": "other", "examples": ["something else"]}],
    }
    found = load_texts({"flows.yml": json.dumps(whole).encode()}, load_core())
    errors = [f for f in check_desk(found.authored, Tools().catalogue(), found.findings) if f.level == "error"]
    strange = [str(error) for error in errors if error.code not in STYLE]
    assert not strange, "\n".join(strange)
    return found.desk


class _Writer:
    """Writes one flow, step by step."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._ids = 0

    def flow(self, name: str) -> dict[str, Any]:
        steps = [
            {"set": {"n": 0}},
            *self._block(0 if name in ("called", "linked") else 2, least=2, inner=name == "called"),
        ]
        begun_by = {"main": "go", "other": "other"}.get(name)
        outputs = self._chance.choice(({}, {"n": "{{ vars.n }}"}, {"sum": "{{ slots.count + 1 }}"}))
        return {
            "description": "Random.",
            "triggers": [{"intent": begun_by}] if begun_by else [],
            "persisted_slots": self._chance.choice(([], ["count"])),
            "steps": steps,
            "outputs": outputs if name == "called" else {},
        }

    def _may(self, share: float, **keys: Any) -> Step:
        """These keys, in so many cases of hundred."""
        return {
            key: value() if callable(value) else value for key, value in keys.items() if self._chance.random() < share
        }

    def _block(self, depth: int, least: int = 1, inner: bool = False) -> list[Step]:
        kinds = [self._plain] * 3 + [lambda _: self._waiting(depth)] * 2
        if depth:
            kinds += [self._steering] * 3 + [self._failing]
        steps = [self._chance.choice(kinds)(depth) for _ in range(self._chance.randint(least, least + 2))]
        return [step for step in steps if not (inner and "link" in step)] or [{"say": "here"}]

    def _dressed(self, step: Step, named: bool = True) -> Step:
        """With an id and, now and then, the keys that every step may have."""
        if named:
            self._ids += 1
            step = {"id": f"s{self._ids}", **step}
        return step | self._may(0.1, **{"if": lambda: self._chance.choice(CONDITIONS)}) | self._may(0.03, enabled=False)

    def _plain(self, depth: int) -> Step:
        """Steps that hold no others and wait for nobody."""
        chance = self._chance
        match chance.randrange(7):
            case 0:
                return self._dressed({"say": chance.choice(TEXTS)}, named=False)
            case 1:
                return self._dressed({"utter": "utter_both"}, named=False)
            case 2:
                return self._dressed({"set": {"n": chance.choice(NUMBERS[:3])}})
            case 3:
                return self._dressed({"set_slots": {"count": chance.choice((None, 3, 4, "{{ vars.n }}"))}}, named=False)
            case 4:
                prompt = chance.choice(({"prompt": "Say it", "offline": {"value": "said"}}, {"prompt": "No model"}))
                return self._dressed({"ai": prompt} | self._may(0.6, default={"content": "stand-in"}))
            case _:
                return self._dressed(self._action())

    def _action(self) -> Step:
        chance = self._chance
        retries = {"retries": {"max_attempts": 2, "backoff": chance.choice(("1s", "1m"))}}
        step: Step = {"do": chance.choice(("tools.read", "tools.write")), "with": {"n": chance.choice(NUMBERS)}}
        return step | self._may(0.5, settings=retries) | self._may(0.3, default={"n": 9})

    def _failing(self, depth: int) -> Step:
        return self._dressed(self._action()) | self._may(0.8, on_error=lambda: self._block(depth - 1))

    def _waiting(self, depth: int) -> Step:
        chance = self._chance

        def block() -> list[Step]:
            return self._block(depth - 1) if depth else [self._plain(0)]

        match chance.randrange(7):
            case 0 | 1:
                step: Step = {"collect": chance.choice(("count", "colour", ["count", "colour"]))}
                step |= self._may(0.3, timeout="5m", max_attempts=2, ask_before_filling=True)
                step |= self._may(0.2, rejections=[{"if": "slots.count == 4", "say": "{{ slots.count }} is taken"}])
                late = {"on_timeout": block} if "timeout" in step else {}
                return self._dressed(step | self._may(0.3, **late, on_give_up=block))
            case 2 | 3:
                review = {"title": "Look at {{ vars.n }}", "timeout": "1h"}
                return self._dressed({"review": review | self._may(0.5, on_timeout=block, on_reject=block)})
            case 4:
                event = {"event": "moon.rose", "timeout": "1h"} | self._may(0.5, match="event.n > 1", on_timeout=block)
                return self._dressed({"wait": chance.choice(("30s", {"until": "now() + hours(1)"}, event))})
            case 5:
                handoff = chance.choice(({}, {"note": "{{ slots.count + 1 }}", "team": "support"}))
                return self._dressed({"handoff": handoff}, named=False)
            case _:
                return self._dressed({"stop": "enough"}, named=False)

    def _steering(self, depth: int) -> Step:
        chance = self._chance
        handled = self._may(0.3, on_error=lambda: self._block(depth - 1))
        match chance.randrange(6):
            case 0 | 1:
                cases = [
                    {"condition": chance.choice(CONDITIONS), "steps": self._block(depth - 1)}
                    for _ in range(chance.randint(1, 2))
                ]
                step: Step = {"when": cases} | self._may(0.6, **{"else": lambda: {"steps": self._block(depth - 1)}})
                return self._dressed({"conditional": step} | handled)
            case 2:
                branches = [[self._plain(0) for _ in range(chance.randint(1, 3))] for _ in range(chance.randint(1, 3))]
                if chance.random() < 0.3:
                    branches[0].append(self._dressed({"call": "called"}))
                parallel = {"branches": branches, "strategy": chance.choice(("wait_all", "wait_any"))}
                return self._dressed({"parallel": parallel} | handled)
            case 3 | 4:
                item = {"for_each": {"item": "thing", "in": chance.choice(([1, 2], [], ["{{ vars.n }}"]))}}
                loop = chance.choice((item, item, {"while": "vars.n < 3"}))
                return self._dressed({"loop": loop, "max_iterations": 2, "steps": self._block(depth - 1)} | handled)
            case _:
                return self._dressed({"call": "called"} | handled) if chance.random() < 0.7 else {"link": "linked"}
