"""Names that nothing has, and names that two things have."""

from tests.check.desks import BASE, PROMPT, case, in_steps

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
    case(
        "an unknown input in a prompt",
        "unknown-input",
        PROMPT.lstrip().replace("{{ input.message", "{{ ‸input.mesage"),
        "message",
        file="prompts/classify.yml",
    ),
    case(
        "a slot in a prompt spec",
        "unknown-input",
        PROMPT.lstrip().replace("{{ input.message", "{{ ‸slots.city"),
        "its inputs alone",
        "{{ slots.city }}",
        file="prompts/classify.yml",
    ),
    case(
        "a prompt that needs what may be missing",
        "maybe-empty",
        PROMPT.lstrip().replace("{{ input.message }}", "{{ ‸hint | length }}"),
        "`default`",
        file="prompts/classify.yml",
        level="warning",
    ),
    case(
        "an offline field that is not given",
        "unknown-field",
        PROMPT.lstrip()
        .replace("{summary: {summary: message}}", "X")
        .replace("summary: {summary: message}", "summary: {‸sumary: message}"),
        "summary",
        file="prompts/classify.yml",
    ),
    case(
        "an offline source that is no input",
        "unknown-input",
        PROMPT.lstrip().replace("{summary: message}", "{summary: ‸text}"),
        "message",
        file="prompts/classify.yml",
    ),
    case(
        "a schema with an unknown type",
        "bad-schema",
        PROMPT.lstrip().replace("summary: {type: string}", "summary: {type: ‸str}"),
        "string",
        file="prompts/classify.yml",
    ),
    case(
        "a required field that is not declared",
        "bad-schema",
        PROMPT.lstrip().replace("[urgency, summary]", "[urgency, ‸sumary]"),
        "summary",
        file="prompts/classify.yml",
    ),
    case(
        "an unknown model",
        "unknown-model",
        PROMPT.lstrip() + "model: ‸quik\n",
        "quick",
        file="prompts/classify.yml",
    ),
    case(
        "an unknown tool of a prompt file",
        "unknown-action",
        PROMPT.lstrip() + "tools: [‸crm.find]\n",
        "crm.find_account",
        file="prompts/classify.yml",
    ),
    case(
        "a tool of a prompt file that writes",
        "tool-writes",
        PROMPT.lstrip() + "tools: [‸tickets.create]\n",
        "writes: true",
        file="prompts/classify.yml",
    ),
    case(
        "a tool of a prompt file that is set by what only flows see",
        "unknown-input",
        PROMPT.lstrip() + 'tools: [{action: crm.find_account, with: {email: "{{ ‸slots.city }}"}}]\n',
        "its inputs alone",
        file="prompts/classify.yml",
    ),
    case(
        "a value that no tool takes so",
        "wrong-type",
        PROMPT.lstrip() + "tools: [{action: crm.find_account, with: {email: ‸7}}]\n",
        "text",
        file="prompts/classify.yml",
    ),
    case(
        "a tool that is declared twice",
        "tool-twice",
        PROMPT.lstrip() + "tools: [crm.find_account, ‸crm.find_account]\n",
        "Keep one",
        file="prompts/classify.yml",
    ),
    case(
        "a bound of tools where there are none",
        "useless-key",
        PROMPT.lstrip() + "‸max_steps: 3\n",
        "without `tools`",
        file="prompts/classify.yml",
        level="warning",
    ),
    in_steps(
        "tools that are never called",
        "useless-key",
        "- ai: {prompt: x, tools: [crm.find_account], max_steps: ‸1}\n- say: hi",
        "no tool is ever called",
        level="warning",
    ),
    case(
        "a misspelt word of a schema",
        "bad-schema",
        PROMPT.lstrip().replace("summary: {type: string}", "summary: {type: string, ‸maxLenght: 5}"),
        "Did you mean 'maxLength'",
        file="prompts/classify.yml",
        level="warning",
    ),
    case(
        "a word of a schema that nothing is held against",
        "bad-schema",
        PROMPT.lstrip().replace("summary: {type: string}", "summary: {type: string, ‸format: email}"),
        "`pattern`",
        file="prompts/classify.yml",
        level="warning",
    ),
    case(
        "a pattern of a schema that cannot be run",
        "bad-schema",
        PROMPT.lstrip().replace("summary: {type: string}", 'summary: {type: string, pattern: ‸"(?=x)"}'),
        "RE2",
        file="prompts/classify.yml",
    ),
    in_steps(
        "an offline field of an inline prompt that is not given",
        "unknown-field",
        "- ai: {prompt: x, schema: {properties: {day: {type: string}}}, offline: {extract: {‸dya: date}}}\n- say: hi",
        "Did you mean 'day'",
        level="warning",
    ),
    in_steps(
        "a provider that there is not",
        "unknown-model",
        "- ai: {prompt: x, provider: ‸opnai, model: gpt-5}\n- say: hi",
        "Did you mean 'openai'",
        level="warning",
    ),
    in_steps(
        "a provider beside another one's model",
        "useless-key",
        "- ai: {prompt: x, ‸provider: openai, model: 'anthropic:claude-opus-5'}\n- say: hi",
        "Keep one",
        level="warning",
    ),
)
