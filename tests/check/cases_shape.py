"""Keys and values that do not belong where they stand."""

# ruff: noqa: E501  (YAML on one line is easier to compare with its finding)

from tests.check.desks import case, in_steps

CASES = (
    in_steps(
        "an unknown key of a step", "unknown-key", "- do: action_plain\n  ‸wiht: {a: 1}\n", "`with`"[1:-1]
    ),
    in_steps(
        "an unknown kind of step", "unknown-key", "- ‸utterr: utter_done\n- say: hi", "Did you mean 'utter'"
    ),
    in_steps("a foreign kind of step", "unknown-key", "- ‸action: action_plain\n- say: hi", "`do`"),
    in_steps(
        "an unknown key of a flow", "unknown-key", "- say: hi", "Did you mean 'owner'", head="‸ower: me"
    ),
    in_steps(
        "trigger in the singular",
        "unknown-key",
        "- say: hi",
        "triggers",
        head="triggers: [{intent: go}]\n‸trigger: {intent: go}",
    ),
    in_steps(
        "an unknown key of settings",
        "unknown-key",
        "- do: action_plain\n  settings: {‸time_out: 5s}\n",
        "timeout",
    ),
    in_steps("a timeout beside settings", "unknown-key", "- do: action_plain\n  ‸timeout: 5s", "settings"),
    in_steps(
        "an unknown key of retries",
        "unknown-key",
        "- do: action_plain\n  settings: {retries: {‸max_atempts: 5}}",
        "max_attempts",
    ),
    in_steps(
        "an unknown kind of failure",
        "wrong-type",
        "- do: action_plain\n  settings: {retries: {on: [‸timeuot]}}",
        "timeout",
    ),
    in_steps("two kinds in one step", "two-kinds", "- do: action_plain\n  ‸say: hi", "`do` and `say`"),
    in_steps("a step without a kind", "no-kind", "- ‸id: x\n- say: hi", "does nothing"),
    in_steps(
        "a number where a length of time is wanted",
        "wrong-type",
        "- do: action_plain\n  settings: {timeout: ‸5}",
        "5s",
    ),
    in_steps("a length of time with an odd unit", "bad-duration", "- wait: ‸5 minutes\n- say: hi", "5m"),
    in_steps(
        "a text where a number is wanted",
        "wrong-type",
        '- collect: email\n  max_attempts: ‸"three"\n- say: hi',
        "whole number",
    ),
    in_steps(
        "a number that is too large",
        "out-of-range",
        "- collect: email\n  max_attempts: ‸99\n- say: hi",
        "at most 20",
    ),
    in_steps("an unknown priority", "wrong-type", "- handoff: {priority: ‸urgnt}", "urgent"),
    in_steps(
        "one step where a list is wanted", "wrong-type", "- do: action_plain\n  on_error: ‸{say: hi}", "list"
    ),
    in_steps("a step id with a dash", "bad-name", "- id: ‸my-step\n  say: hi", "letters"),
    in_steps(
        "a case without steps",
        "missing-key",
        '- conditional:\n    when:\n      - ‸condition: "slots.agreed"\n- say: hi',
        "`steps`",
    ),
    in_steps(
        "a case without a condition",
        "missing-key",
        "- conditional:\n    when:\n      - ‸steps: [{say: a}]\n- say: hi",
        "`condition`",
    ),
    in_steps(
        "else in the wrong place",
        "unknown-key",
        '- conditional:\n    when: [{condition: "slots.agreed", steps: [{say: a}]}]\n  ‸else: {steps: [{say: b}]}\n- say: c',
        "conditional",
    ),
    in_steps(
        "a loop of two sorts",
        "incomplete",
        "- ‸loop: {for_each: {item: x, in: input.files}, while: slots.agreed, max_iterations: 3, steps: [{say: a}]}",
        "exactly one",
    ),
    in_steps(
        "a loop without steps",
        "incomplete",
        "- ‸loop: {while: slots.agreed, max_iterations: 3}\n- say: hi",
        "`steps`",
    ),
    in_steps(
        "a wait of two sorts",
        "incomplete",
        '- ‸wait: {event: csat.received, until: "now()", timeout: 1d}\n- say: hi',
        "exactly one",
    ),
    in_steps("an empty reply", "incomplete", "- ‸say: {}", "says nothing"),
    in_steps("an empty value", "empty-value", "- ‸say:", "empty"),
    in_steps("a number as a reply", "wrong-type", "- say: ‸42", "quotes"),
    in_steps("a review without a title", "missing-key", "- ‸review: {team: support}\n- say: hi", "`title`"),
    in_steps(
        "an unknown parallel strategy",
        "wrong-type",
        "- parallel: {strategy: ‸wait_one, branches: [[{do: action_plain}]]}",
        "wait_any",
    ),
    in_steps(
        "a branch that is no list", "wrong-type", "- parallel: {branches: [‸{do: action_plain}]}", "list"
    ),
    in_steps(
        "a trigger of two sorts",
        "incomplete",
        "- say: hi",
        "exactly one",
        head="triggers:\n  - intent: go\n  - ‸intent: other\n    manual: {}",
    ),
    in_steps(
        "an unknown sort of trigger",
        "unknown-key",
        "- say: hi",
        "schedule",
        head="triggers:\n  - intent: go\n  - ‸shedule: {every: 1h}",
    ),
    in_steps(
        "an unknown way to verify",
        "wrong-type",
        "- stop: done",
        "hmac",
        head="triggers: [{webhook: {source: shop, verify: ‸hmc}}]",
    ),
    in_steps("an unknown rollout", "wrong-type", "- say: hi", "one of off, shadow", head="rollout: ‸half"),
    in_steps(
        "a percent above a hundred",
        "out-of-range",
        "- say: hi",
        "at most 100",
        head="rollout: {partial: {percent: ‸120}}",
    ),
    in_steps("an unknown type of input", "wrong-type", "- say: hi", "text", head="inputs: {a: ‸txt}"),
    case(
        "a flow without a description",
        "missing-key",
        "flows:\n  ‸f:\n    triggers: [{intent: go}]\n    steps: [{say: hi}]\n",
        "`description`",
    ),
    case(
        "a flow without steps",
        "missing-key",
        "flows:\n  ‸f:\n    description: d\n    triggers: [{intent: go}]\n",
        "`steps`",
    ),
    case(
        "a flow with no step in it",
        "empty-value",
        "flows:\n  f:\n    description: d\n    steps: ‸[]\n",
        "empty",
    ),
    case(
        "an unknown top-level key",
        "unknown-key",
        "‸flow:\n  f: {description: d, steps: [{say: hi}]}\n",
        "`flows`",
    ),
    case("a Rasa key that is not here", "unknown-key", "‸intents: [go]\n", "nlu"),
    case("an unknown type of slot", "wrong-type", "slots:\n  x: {type: ‸txt, prefill: true}\n", "text"),
    case("an unknown key of a slot", "unknown-key", "slots:\n  x: {type: text, ‸prefil: true}\n", "prefill"),
    case("a slot that is only a type", "wrong-type", "slots:\n  x: ‸text\n", "keys and values"),
    case("a choice without values", "incomplete", "slots:\n  ‸x: {type: choice, prefill: true}\n", "values"),
    case(
        "a pattern without a pattern",
        "incomplete",
        "slots:\n  ‸x: {type: pattern, prefill: true}\n",
        "pattern",
    ),
    case("a response that is no list", "wrong-type", "responses:\n  utter_x: ‸hello\n", "list"),
    case(
        "an unknown key of a response",
        "unknown-key",
        "responses:\n  utter_done2:\n    - ‸txt: hello\n",
        "Did you mean 'text'",
    ),
    case(
        "an unknown key of an intent",
        "unknown-key",
        "nlu:\n  - intent: hello\n    language: de\n    ‸exmples: [a]\n",
        "examples",
    ),
    case("nlu that is no list", "wrong-type", "nlu: ‸{intent: x}\n", "list"),
    case("an unknown key of the settings", "unknown-key", "settings: {‸langauges: [en]}\n", "languages"),
    case("a precision of one", "out-of-range", "settings: {precision: ‸1}\n", "less than 1"),
    case(
        "a prompt with an unknown key",
        "unknown-key",
        "name: p\nprompt: x\n‸modle: quick\noffline: {value: y}\n",
        "Did you mean 'model'",
        file="prompts/p.yml",
    ),
    case(
        "a prompt with another name than its file",
        "prompt-name",
        "name: ‸q\nprompt: x\noffline: {value: y}\n",
        "same name",
        file="prompts/p.yml",
    ),
    case("a prompt in the wrong folder", "prompt-place", "name: p\n‸prompt: x\n", "prompts/", file="p.yml"),
)
