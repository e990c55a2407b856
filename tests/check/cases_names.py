"""Names that nothing has, and names that two things have."""

from tests.check.desks import BASE, case, in_steps

CASES = (
    in_steps(
        "an unknown action",
        "unknown-action",
        "- do: ‸crm.find_acount\n  with: {email: a}\n- say: hi",
        "no action is called 'crm.find_acount'",
        "Did you mean 'crm.find_account'?",
    ),
    in_steps(
        "an action without its integration",
        "unknown-action",
        "- do: ‸create\n- say: hi",
        "Did you mean 'tickets.create'",
    ),
    in_steps("an unknown slot to collect", "unknown-slot", "- collect: ‸emial\n- say: hi", "Did you mean 'email'"),
    in_steps(
        "an unknown slot of several",
        "unknown-slot",
        "- collect: [email, ‸citty]\n  ask: Where?\n- say: hi",
        "city",
    ),
    in_steps("an unknown slot to set", "unknown-slot", "- set_slots: {‸citty: Rome}\n- say: hi", "city"),
    in_steps(
        "an unknown slot in a text",
        "unknown-slot",
        '- say: "To {{ slots.‸emial }}"'.replace("slots.‸emial", "‸slots.emial"),
        "email",
    ),
    in_steps(
        "an unknown slot to keep",
        "unknown-slot",
        "- say: hi",
        "city",
        head="persisted_slots: [email, ‸citty]",
    ),
    in_steps("an unknown response", "unknown-response", "- utter: ‸utter_dome", "Did you mean 'utter_done'"),
    in_steps(
        "an unknown response that asks",
        "unknown-response",
        "- {collect: email, utter: ‸utter_ask_emial}\n- say: hi",
        "utter_ask_email",
    ),
    in_steps(
        "an unknown response of a rejection",
        "unknown-response",
        "- collect: city\n  rejections: [{if: slots.city == 'x', utter: ‸utter_nope}]\n- say: hi",
    ),
    in_steps(
        "a flow to call that is not there",
        "unknown-flow",
        "- call: ‸great\n- say: hi",
        "Did you mean 'greet'",
    ),
    in_steps(
        "a flow to link to that is not there",
        "unknown-flow",
        "- link: ‸pattern_human_handof",
        "pattern_human_handoff",
    ),
    in_steps(
        "an unknown prompt",
        "unknown-prompt",
        "- {ai: ‸clasify, with: {message: a}}\n- say: hi",
        "Did you mean 'classify'",
    ),
    in_steps(
        "an unknown tool of an inline prompt",
        "unknown-action",
        "- ai: {prompt: x, tools: [‸crm.find]}\n- say: hi",
        "crm.find_account",
    ),
    in_steps(
        "an unknown tool with arguments",
        "unknown-action",
        "- ai: {prompt: x, tools: [{action: ‸crm.find}]}\n- say: hi",
        "crm.find_account",
    ),
    in_steps(
        "a tool that writes",
        "tool-writes",
        "- ai: {prompt: x, tools: [‸tickets.create]}\n- say: hi",
        "writes: true",
    ),
    in_steps(
        "an argument that a tool does not take",
        "unknown-argument",
        "- ai: {prompt: x, tools: [{action: crm.find_account, with: {‸emial: a}}]}\n- say: hi",
        "Did you mean 'email'",
    ),
    in_steps(
        "an unknown slot in what the flow sets of a tool",
        "unknown-slot",
        '- ai: {prompt: x, tools: [{action: crm.find_account, with: {email: "{{ ‸slots.emial }}"}}]}\n- say: hi',
        "email",
    ),
    in_steps("an unknown team of a handoff", "unknown-team", "- handoff: {team: ‸suport}", "Did you mean 'support'"),
    in_steps(
        "an unknown team of a review",
        "unknown-team",
        "- review: {team: ‸finance, title: x}\n- say: hi",
        "billing, support",
    ),
    in_steps(
        "an unknown step to edit",
        "unknown-step",
        "- {id: mail, ai: {prompt: x}}\n- review: {title: x, edit: ‸mial}\n- say: hi",
        "mail",
    ),
    in_steps(
        "a step to edit by its path",
        "unknown-step",
        "- {id: mail, ai: {prompt: x}}\n- review: {title: x, edit: ‸steps.mail}\n- say: hi",
        "'mail'",
    ),
    in_steps(
        "an unknown role",
        "unknown-role",
        "- stop: done",
        "admin",
        head="triggers: [{manual: {roles: [‸admn]}}]",
    ),
    in_steps(
        "a step id twice",
        "duplicate-id",
        "- {id: a, do: action_plain}\n- {id: ‸a, do: action_plain}\n",
        "line 6",
    ),
    in_steps(
        "a step id twice in two branches",
        "duplicate-id",
        """
        - conditional:
            when: [{condition: slots.agreed, steps: [{id: a, say: x}]}]
            else: {steps: [{id: ‸a, say: y}]}
        """,
    ),
    in_steps("a slot that nothing asks for", "no-question", "- collect: ‸amount\n- say: hi", "utter_ask_amount"),
    in_steps(
        "a rejection without words",
        "silent-rejection",
        "- collect: city\n  rejections: [‸{if: slots.city == 'x'}]\n- say: hi",
    ),
    case(
        "a flow in two files",
        "duplicate-name",
        "flows:\n  ‸greet: {description: d, steps: [{say: hi}]}\n",
        "base.yml:17",
        file="z.yml",
    ),
    case(
        "a slot in two files",
        "duplicate-name",
        "slots:\n  ‸email: {type: text}\n",
        "base.yml:4",
        file="z.yml",
    ),
    case(
        "a response in two files",
        "duplicate-name",
        "responses:\n  ‸utter_done: [{text: Ready.}]\n",
        "base.yml:12",
        file="z.yml",
    ),
    case(
        "an intent in two files",
        "duplicate-name",
        "nlu:\n  - intent: ‸hello\n    examples: [howdy]\n",
        "base.yml:14",
        file="z.yml",
    ),
    case("a setting in two files", "duplicate-name", "settings:\n  ‸env: [OTHER]\n", "base.yml:2", file="z.yml"),
    case(
        "an example twice in an intent",
        "duplicate-example",
        """
        nlu:
          - intent: bye
            examples: |
              - good bye
              - see you
              - ‸Good  bye
        flows:
          bye: {description: d, triggers: [{intent: bye}], steps: [{say: Bye}]}
        """,
        "line 4",
    ),
    case(
        "an example in two intents",
        "duplicate-example",
        """
        nlu:
          - intent: bye
            examples: [so long, ‸good morning]
        flows:
          bye: {description: d, triggers: [{intent: bye}], steps: [{say: Bye}]}
        """,
        "'hello'",
        "base.yml:15",
        file="z.yml",
    ),
    case(
        "an intent that nothing handles",
        "unhandled-intent",
        "nlu:\n  - intent: ‸bye\n    examples: [so long]\n",
        "'bye'",
    ),
    case(
        "an intent without examples",
        "no-examples",
        "nlu:\n  - intent: ‸hello\n    language: de\n    examples: []\n",
        "no examples",
    ),
    case(
        "a misspelt intent",
        "unknown-intent",
        "flows:\n  f: {description: d, triggers: [{intent: ‸helo}], steps: [{say: hi}]}\n",
        "Did you mean 'hello'",
        others={"base.yml": BASE.replace("triggers: [{intent: hello}]", "if: true")},
    ),
    case(
        "two flows on one intent",
        "shared-intent",
        "flows:\n  f: {description: d, triggers: [{intent: ‸hello}], steps: [{say: hi}]}\n",
        "'greet'",
    ),
    case(
        "an unknown flow in a test",
        "unknown-flow",
        "test_cases:\n  - test_case: x\n    steps: [{user: hi}, {flow_started: ‸great}]\n",
        "greet",
        file="tests/x.yml",
    ),
    case(
        "an unknown response in a test",
        "unknown-response",
        "test_cases:\n  - test_case: x\n    steps: [{user: hi}, {utter: ‸utter_don}]\n",
        "utter_done",
        file="tests/x.yml",
    ),
    case(
        "an unknown action in a stub",
        "unknown-action",
        "stub_actions:\n  ‸tickets.creat: {id: 1}\n",
        "tickets.create",
        file="tests/x.yml",
    ),
)
