"""Steps that do not belong together, ends without a word, and what is worth a warning."""

# ruff: noqa: E501  (YAML on one line is easier to compare with its finding)

from tests.check.desks import case, in_steps

CASES = (
    # Standing together
    in_steps("a step behind a stop", "unreachable", "- stop: done\n- ‸say: hi", "stop"),
    in_steps("a step behind a link", "unreachable", "- link: greet\n- ‸say: hi", "link"),
    in_steps(
        "a step behind branches that all end",
        "unreachable",
        """
        - conditional:
            when: [{condition: slots.agreed, steps: [{say: a}, {stop: a}]}]
            else: {steps: [{stop: b}]}
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
    in_steps(
        "a question to nobody",
        "ask-nobody",
        "- ‸collect: email",
        "`input`",
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
