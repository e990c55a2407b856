"""Values that are handed over, texts with a form, and steps that do not belong together."""

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
    in_steps(
        "a missing argument", "missing-argument", "- do: tickets.create\n  ‸with: {email: a}", "'summary'"
    ),
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
    in_steps(
        "an item of the wrong type", "wrong-type", _TICKET + "{email: a, summary: b, tags: [x, ‸5]}", "tags"
    ),
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
    in_steps(
        "a slot value of the wrong type", "wrong-type", "- set_slots: {amount: ‸lots}\n- say: hi", "number"
    ),
    in_steps(
        "a slot value below its bound", "wrong-type", "- set_slots: {amount: ‸-1}\n- say: hi", "minimum"
    ),
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
    case(
        "a slot name with a dash", "bad-name", "slots:\n  ‸my-slot: {type: text, prefill: true}\n", "my-slot"
    ),
    # Standing together
    in_steps("a step behind a stop", "unreachable", "- stop: done\n- ‸say: hi", "stop"),
    in_steps("a step behind a link", "unreachable", "- link: greet\n- ‸say: hi", "link"),
    in_steps("a step behind a handoff", "unreachable", "- handoff: {team: support}\n- ‸say: hi", "handoff"),
    in_steps(
        "a step behind branches that all end",
        "unreachable",
        """
        - conditional:
            when: [{condition: slots.agreed, steps: [{say: a}, {stop: a}]}]
            else: {steps: [{handoff: {}}]}
        - ‸say: hi
        """,
        "all ways",
    ),
    in_steps(
        "a step behind a stop in a branch",
        "unreachable",
        """
        - conditional:
            when: [{condition: slots.agreed, steps: [{stop: a}, ‸{say: a}]}]
            else: {steps: [{say: b}]}
        """,
    ),
    in_steps(
        "a case behind one that always holds",
        "unreachable",
        """
        - conditional:
            when: [{condition: true, steps: [{say: a}]}, {condition: ‸slots.agreed, steps: [{say: b}]}]
        """,
    ),
    in_steps(
        "a case twice",
        "unreachable",
        """
        - conditional:
            when: [{condition: slots.agreed, steps: [{say: a}]}, {condition: ‸slots.agreed, steps: [{say: b}]}]
            else: {steps: [{say: c}]}
        """,
        "same condition",
    ),
    in_steps(
        "a loop without an end",
        "unbounded-loop",
        "- ‸loop: {while: slots.agreed, steps: [{do: action_plain}]}\n- say: hi",
        "max_iterations",
    ),
    in_steps(
        "a wait without an end",
        "wait-without-timeout",
        "- ‸wait: {event: csat.received}\n- say: hi",
        "timeout",
    ),
    in_steps(
        "a collect inside parallel",
        "wait-in-parallel",
        "- parallel: {branches: [[{‸collect: email}], [{do: action_plain}]]}\n- say: hi",
        "parallel",
    ),
    in_steps(
        "a wait inside parallel",
        "wait-in-parallel",
        "- parallel: {branches: [[{do: action_plain}, {‸wait: 5m}]]}\n- say: hi",
    ),
    in_steps(
        "a review deep inside parallel",
        "wait-in-parallel",
        """
        - parallel:
            branches:
              - - conditional:
                    when: [{condition: slots.agreed, steps: [{‸review: {title: x}}]}]
              - - do: action_plain
        - say: hi
        """,
    ),
    in_steps(
        "a handoff in an on_error inside parallel",
        "wait-in-parallel",
        "- parallel: {branches: [[{do: action_plain, on_error: [{‸handoff: {}}]}]]}\n- say: hi",
    ),
    in_steps(
        "a call inside parallel that waits",
        "wait-in-parallel",
        "- parallel: {branches: [[{call: ‸ask_all}]]}\n- say: hi",
        "ask_all -> ask -> collect",
        others={
            "sub.yml": "flows:\n  ask_all: {description: d, steps: [{call: ask}]}\n  ask: {description: d, steps: [{collect: email}]}\n"
        },
    ),
    in_steps("an answer to nobody", "respond-to-nobody", "- ‸respond: {json: {ok: true}}", "webhook"),
    in_steps(
        "a reply to nobody",
        "say-to-nobody",
        "- ‸say: hi",
        "`to:",
        head="triggers: [{webhook: {source: shop}}]",
    ),
    # Ends
    in_steps(
        "a branch without a word",
        "dead-end",
        """
        - {id: issue, ai: classify, with: {message: a}}
        - ‸conditional:
            when: [{condition: steps.issue.urgency == 'high', steps: [{say: a}]}]
        """,
        "start -> issue -> conditional[2] false -> end",
        "else",
    ),
    in_steps("a silent flow", "dead-end", "- ‸set: {a: 1}", "start -> set[1] -> end"),
    in_steps(
        "an answer that nothing follows",
        "dead-end",
        "- say: Hi\n- ‸collect: email",
        "start -> say[1] -> collect[2] -> end",
    ),
    in_steps(
        "a silent else",
        "dead-end",
        """
        - ‸conditional:
            when: [{condition: slots.agreed, steps: [{say: a}]}]
            else: {steps: [{set: {a: 1}}]}
        """,
        "conditional[1] else -> set[1] -> end",
    ),
    in_steps(
        "a handled error that nothing follows",
        "dead-end",
        """
        - {id: account, do: crm.find_account, with: {email: a}, on_error: [{set: {a: 1}}]}
        - ‸conditional:
            when: [{condition: steps.account is defined, steps: [{say: a}]}]
        """,
        "conditional[2] false",
    ),
    in_steps(
        "a way out that leads nowhere",
        "dead-end",
        "- {collect: email, ‸on_give_up: []}\n- say: hi",
        "on_give_up",
    ),
    in_steps(
        "a called flow that says nothing",
        "dead-end",
        "- ‸call: sub",
        "sub" and "call[1]",
        others={"sub.yml": "flows:\n  sub: {description: d, steps: [{set: {a: 1}}]}\n"},
    ),
    # Circles
    in_steps("a flow that links to itself", "endless-circle", "- say: hi\n- link: ‸f", "f -> f"),
    in_steps(
        "flows that link to each other",
        "endless-circle",
        "- say: hi\n- link: ‸g",
        "f -> g -> f",
        others={"g.yml": "flows:\n  g: {description: d, steps: [{say: a}, {link: f}]}\n"},
    ),
    in_steps(
        "a flow that calls itself in a branch",
        "endless-circle",
        """
        - do: action_plain
        - conditional:
            when: [{condition: slots.agreed, steps: [{call: ‸f}]}]
        - say: hi
        """,
    ),
    # Warnings
    case(
        "a flow that nothing starts",
        "unreached-flow",
        "flows:\n  ‸lonely: {description: d, steps: [{say: hi}]}\n",
        "lonely",
        level="warning",
    ),
    case(
        "an intent without a word",
        "no-examples",
        "flows:\n  f: {description: d, triggers: [{intent: ‸parcel}], steps: [{say: hi}]}\n",
        "parcel",
        level="warning",
    ),
    case(
        "a response that nothing says",
        "unused-response",
        "responses:\n  ‸utter_never: [{text: hi}]\n",
        "utter_never",
        level="warning",
        base=False,
    ),
    case(
        "a slot that nothing uses",
        "unused-slot",
        "slots:\n  ‸never: {type: text}\n",
        "never",
        level="warning",
        base=False,
    ),
    case(
        "a missing translation",
        "missing-translation",
        "settings: {languages: [en, de, fr]}\nresponses:\n  utter_hi: [{text: ‸hi, translation: {de: hallo}}]\n"
        "flows:\n  f: {description: d, triggers: [{intent: go}], steps: [{utter: utter_hi}]}\nnlu: [{intent: go, examples: [go]}]\n",
        "into fr",
        level="warning",
        base=False,
    ),
    case(
        "an unknown environment variable",
        "unknown-env",
        'settings: {env: [RESET_URL]}\nflows:\n  f: {description: d, triggers: [{intent: go}], steps: [{say: "{{ ‸env.RESET_UR }}"}]}\n'
        "nlu: [{intent: go, examples: [go]}]\n",
        "RESET_URL",
        level="warning",
        base=False,
    ),
    case(
        "a prompt that needs a model",
        "no-offline",
        "‸name: p\nprompt: x\n",
        "offline",
        level="warning",
        file="prompts/p.yml",
        base=False,
    ),
)
