"""Values that are handed over, and texts with a form of their own."""

from tests.check.desks import case, in_steps

_TICKET = "- do: tickets.create\n  with: "

CASES = (
    # Arguments
    in_steps(
        "an unknown argument",
        "unknown-argument",
        _TICKET + "{email: a, summary: b, ‸prioritiy: high}",
        "Did you mean 'priority'",
    ),
    in_steps("a missing argument", "missing-argument", "- do: tickets.create\n  ‸with: {email: a}", "'summary'"),
    in_steps("no arguments at all", "missing-argument", "- ‸do: crm.find_account\n- say: hi", "'email'"),
    in_steps(
        "a misspelt argument that is needed",
        "unknown-argument",
        _TICKET + "{‸emial: a, summary: b}",
        "Did you mean 'email'",
    ),
    in_steps("an argument of the wrong type", "wrong-type", _TICKET + "{email: a, summary: ‸5}", "quotes"),
    in_steps(
        "an argument outside its values",
        "unknown-value",
        _TICKET + "{email: a, summary: b, priority: ‸urgent}",
        "low, normal, high",
    ),
    in_steps(
        "an argument below its bound",
        "out-of-range",
        _TICKET + "{email: a, summary: b, count: ‸0}",
        "at least 1",
    ),
    in_steps("an item of the wrong type", "wrong-type", _TICKET + "{email: a, summary: b, tags: [x, ‸5]}", "tags"),
    in_steps(
        "a template with text for a number",
        "wrong-type",
        _TICKET + '{email: a, summary: b, count: ‸"{{ slots.amount }} pieces"}',
        "alone",
    ),
    in_steps(
        "an output of the wrong type",
        "wrong-type",
        "- {id: a, do: crm.find_account, with: {email: a}}\n"
        + _TICKET
        + '{email: a, summary: b, count: ‸"{{ steps.a.orders }}"}',
        "a list, and a whole number is taken",
    ),
    in_steps(
        "a slot of the wrong type",
        "wrong-type",
        _TICKET + '{email: a, summary: ‸"{{ slots.amount }}"}',
        "a number, and text is taken",
    ),
    in_steps(
        "an address for a number",
        "wrong-type",
        _TICKET + '{email: a, summary: b, count: ‸"{{ slots.email }}"}',
        "a whole number is taken",
    ),
    in_steps(
        "an unknown input of a prompt",
        "unknown-argument",
        "- {ai: classify, with: {‸mesage: a}}\n- say: hi",
        "Did you mean 'message'",
    ),
    in_steps("a missing input of a prompt", "missing-argument", "- {‸ai: classify}\n- say: hi", "'message'"),
    in_steps(
        "an unknown input of a flow",
        "unknown-argument",
        "- call: sub\n  with: {order: a, ‸ordr: b}\n- say: hi",
        "order",
        others={"sub.yml": "flows:\n  sub: {description: d, inputs: {order: text}, steps: [{say: a}]}\n"},
    ),
    in_steps(
        "a missing input of a flow",
        "missing-argument",
        "- ‸call: sub\n- say: hi",
        "'order'",
        others={"sub.yml": "flows:\n  sub: {description: d, inputs: {order: text}, steps: [{say: a}]}\n"},
    ),
    in_steps(
        "an input of the wrong type",
        "wrong-type",
        "- call: sub\n  with: {count: ‸many}\n- say: hi",
        "number",
        others={"sub.yml": "flows:\n  sub: {description: d, inputs: {count: integer}, steps: [{say: a}]}\n"},
    ),
    in_steps("a slot value of the wrong type", "wrong-type", "- set_slots: {amount: ‸lots}\n- say: hi", "number"),
    in_steps("a slot value below its bound", "wrong-type", "- set_slots: {amount: ‸-1}\n- say: hi", "minimum"),
    in_steps(
        "a choice value to set that does not exist",
        "unknown-value",
        "- set_slots: {plan: ‸gold}\n- say: hi",
        "enterprise, free, pro",
    ),
    in_steps(
        "a default of the wrong type",
        "wrong-type",
        "- say: hi",
        "number",
        head="inputs: {a: {type: integer, default: ‸many}}",
    ),
    in_steps(
        "a loop over a text",
        "wrong-type",
        "- loop: {for_each: {item: x, in: ‸slots.email}, steps: [{say: hi}]}",
        "is text",
    ),
    case("a type of another system", "wrong-type", "slots:\n  x: {type: ‸string, prefill: true}\n", "`text`"),
    # Texts with a form
    in_steps(
        "a cron of four fields",
        "bad-cron",
        "- stop: done",
        "4 fields",
        head='triggers: [{schedule: {cron: ‸"0 9 * *"}}]',
    ),
    in_steps(
        "a cron with a minute too many",
        "bad-cron",
        "- stop: done",
        head='triggers: [{schedule: {cron: ‸"61 9 * * *"}}]',
    ),
    in_steps(
        "a cron that never comes",
        "bad-cron",
        "- stop: done",
        head='triggers: [{schedule: {cron: ‸"0 9 31 2 *"}}]',
    ),
    in_steps(
        "an unknown time zone",
        "bad-timezone",
        "- stop: done",
        "Europe/Berlin",
        head='triggers: [{schedule: {cron: "0 9 * * *", timezone: ‸Europe/Belrin}}]',
    ),
    case(
        "an unknown time zone of the desk",
        "bad-timezone",
        "settings: {timezone: ‸Berlin/Europe}\n",
        "time zone",
    ),
    case("a language in words", "bad-language", "settings: {languages: [en, ‸German]}\n", "de"),
    case(
        "a pattern that is none",
        "bad-pattern",
        "slots:\n  x: {type: pattern, pattern: ‸'[A-Z', prefill: true}\n",
    ),
    case(
        "a pattern that looks back",
        "bad-pattern",
        "slots:\n  x: {type: pattern, pattern: ‸'(a)\\1', prefill: true}\n",
    ),
    case(
        "a pattern that looks ahead",
        "bad-pattern",
        "slots:\n  x: {type: pattern, pattern: ‸'a(?=b)', prefill: true}\n",
    ),
    case(
        "a bound of a type that has none",
        "bad-bound",
        "slots:\n  x: {type: boolean, min: ‸1, prefill: true}\n",
        "boolean",
    ),
    case("a bound that is no number", "bad-bound", "slots:\n  x: {type: number, min: ‸low, prefill: true}\n"),
    case(
        "bounds the wrong way round",
        "bad-bound",
        "slots:\n  x: {type: number, min: ‸5, max: 1, prefill: true}\n",
        "Exchange",
    ),
    case(
        "a first value that does not exist",
        "unknown-value",
        "slots:\n  x: {type: choice, values: [a, b], initial: ‸c, prefill: true}\n",
        "a, b",
    ),
    case(
        "a first value of the wrong type",
        "wrong-type",
        "slots:\n  x: {type: integer, initial: ‸many, prefill: true}\n",
        "whole number",
    ),
    case(
        "a choice value twice",
        "duplicate-value",
        "slots:\n  x: {type: choice, values: [a, b, ‸a], prefill: true}\n",
        "'a'",
    ),
    case(
        "values of a text slot",
        "useless-key",
        "slots:\n  x: {type: text, ‸values: [a, b], prefill: true}\n",
        "choice",
    ),
    case("a slot name with a dash", "bad-name", "slots:\n  ‸my-slot: {type: text, prefill: true}\n", "my-slot"),
)
