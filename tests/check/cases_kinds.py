"""Operators and filters on data that they can never work on, and keys that do nothing where they stand."""

# ruff: noqa: E501  (YAML on one line is easier to compare with its finding)

from tests.check.desks import case, in_steps

_ASK = "- {collect: [plan, amount, agreed], ask: Which?}\n"

CASES = (
    # Kinds
    in_steps("text that is added", "wrong-kind", _ASK + '- say: "{{ ‸slots.plan + 1 }}"', "slots.plan (a text)", "~"),
    in_steps("a filter of numbers on text", "wrong-kind", _ASK + '- say: "{{ slots.plan | ‸round(2) }}"', "round takes a number"),
    in_steps("a filter of texts on a number", "wrong-kind", _ASK + '- say: "{{ slots.amount | ‸upper }}"', "slots.amount (a number)"),
    in_steps("a number that is joined", "wrong-kind", _ASK + "- say: \"{{ slots.amount | ‸join(',') }}\"", "a list"),
    in_steps(
        "a text of an action that is summed up",
        "wrong-kind",
        '- {id: a, do: crm.find_account, with: {email: x@example.com}}\n- say: "{{ steps.a.id | ‸sum }}"',
        "steps.a.id (a text)",
    ),
    in_steps("a number that is looked into", "wrong-kind", _ASK + "- if: \"'a' in ‸slots.amount\"\n  say: hi\n- say: ho", "looks into a list"),
    in_steps("a text against a number", "wrong-kind", _ASK + "- if: ‸slots.plan > slots.amount\n  say: hi\n- say: ho", "slots.plan (a text)"),
    in_steps(
        "money that is compared with a number", "wrong-kind",
        "- {collect: price, ask: How much?}\n- if: ‸slots.price > 5\n  say: hi\n- say: ho", "a mapping",
        others={"price.yml": "slots: {price: {type: money}}"},
    ),
    in_steps(
        "a field that money does not have", "unknown-field",
        '- {collect: price, ask: How much?}\n- say: "{{ ‸slots.price.sum }}"', "amount, currency",
        others={"price.yml": "slots: {price: {type: money}}"},
    ),
    in_steps("a variable in single braces", "single-braces", '- {collect: city}\n- say: "Hello ‸{slots.city}"', "{{ slots.city }}", level="warning"),
    # Keys without an effect
    in_steps("retries of a say", "useless-key", "- say: hi\n  settings: {‸retries: {max_attempts: 3}}", "`say`", "`do` or `ai`"),
    in_steps("a timeout of a conditional", "useless-key", "- conditional: {when: [{condition: slots.agreed, steps: [{say: a}]}], else: {steps: [{say: b}]}}\n  settings: {‸timeout: 5s}", "`conditional`"),
    in_steps("a timeout in the settings of a collect", "useless-key", "- collect: email\n  settings: {‸timeout: 5m}\n- say: hi", "beside `collect`"),
    in_steps("the context of an action", "useless-key", "- do: action_plain\n  settings: {‸context: [message]}", "`context`"),
    in_steps("on_timeout without a timeout", "useless-key", "- collect: email\n  ‸on_timeout: [{say: late}]\n- say: hi", "never happens"),
    in_steps("ask and utter", "useless-key", "- collect: email\n  ask: Which?\n  ‸utter: utter_done\n- say: hi", "Keep one"),
    in_steps("a rejection that says and utters", "useless-key", "- collect: email\n  rejections: [{if: slots.email == 'x', say: no, ‸utter: utter_done}]\n- say: hi", "Keep one"),
    in_steps("a match without an event", "useless-key", "- say: hi\n- wait: {for: 2h, ‸match: event.a == 1}\n- say: ho", "`event`"),
    # Steps that give nothing
    in_steps(
        "the output of a conditional", "unknown-field",
        "- id: c\n  conditional: {when: [{condition: slots.agreed, steps: [{set: {x: 1}}]}]}\n- say: \"{{ ‸steps.c.x }}\"",
        "a conditional step gives nothing",
    ),
    in_steps(
        "the output of a conditional with a default", "maybe-missing",
        "- id: c\n  conditional: {when: [{condition: slots.agreed, steps: [{do: action_plain}]}]}\n  default: {x: 1}\n- say: \"{{ ‸steps.c.x }}\"",
        "only where it fails or is left out", "`steps.c is defined`",
    ),
    # Buttons
    in_steps("a button whose intent starts nothing", "unknown-intent", "- say: {text: hi, buttons: [{title: A, payload: ‸/helo}]}", "'helo'", "Did you mean 'hello'?"),
    in_steps("a button that fills what is no slot", "unknown-slot", "- say: {text: hi, buttons: [{title: A, payload: ‸'/hello{\"emial\": \"a\"}'}]}", "Did you mean 'email'?"),
    in_steps("a button with broken JSON", "bad-payload", "- say: {text: hi, buttons: [{title: A, payload: ‸'/hello{email: a}'}]}", "JSON"),
    case(
        "a button of a response whose intent starts nothing", "unknown-intent",
        "responses:\n  utter_done2:\n    - {text: hi, buttons: [{title: A, payload: ‸/nothing}]}\nflows:\n  f: {description: d, triggers: [{intent: go}], steps: [{utter: utter_done2}]}\nnlu: [{intent: go, examples: [go ahead]}]\n",
        "'nothing'",
    ),
    # Words
    in_steps("the name of a response that is said", "said-name", "- say: ‸utter_done", "`utter: utter_done`"),
    case(
        "a translation that nobody hears", "unknown-language",
        "settings: {languages: [en, de]}\nresponses:\n  utter_done2: [{text: hi, translation: {de: Hallo, ‸ed: Hallo}}]\nflows:\n  f: {description: d, name: F, translation: {de: F}, triggers: [{intent: go}], steps: [{utter: utter_done2}]}\nnlu: [{intent: go, examples: [go ahead]}]\n",
        "'ed'", "en, de", level="warning",
    ),
    case(
        "a name that is not translated", "missing-translation",
        "settings: {languages: [en, de]}\nflows:\n  f: {description: d, name: ‸Going, triggers: [{intent: go}], steps: [{say: {text: hi, translation: {de: hallo}}}]}\n"
        "  g: {description: d, name: Away, translation: {de: Weg}, triggers: [{intent: away}], steps: [{say: {text: bye, translation: {de: ade}}}]}\n"
        "nlu: [{intent: go, examples: [go ahead]}, {intent: away, examples: [far off]}]\n",
        "into de", "translation: {de: ...}", level="warning", base=False,
    ),
    case(
        "a title of a choice that is not translated", "missing-translation",
        "settings: {languages: [en, de]}\nslots:\n  size: {type: choice, values: [{value: s, title: ‸Small}, {value: l, title: Large, translation: {de: Groß}}]}\n"
        "flows:\n  f: {description: d, triggers: [{intent: go}], steps: [{collect: size, ask: {text: hi, translation: {de: hallo}}}, {handoff: }]}\nnlu: [{intent: go, examples: [go ahead]}]\n",
        "'Small'", "translation: {de: ...}", level="warning", base=False,
    ),
    case(
        "buttons that stay in the first language", "missing-translation",
        "settings: {languages: [en, de]}\nresponses:\n  utter_done2: [{text: hi, translation: {de: ‸Hallo}, buttons: [{title: Go, payload: /go}]}]\nflows:\n  f: {description: d, name: F, translation: {de: F}, triggers: [{intent: go}], steps: [{utter: utter_done2}]}\nnlu: [{intent: go, examples: [go ahead]}]\n",
        "not translated into de", "buttons:", level="warning",
    ),
    case("an empty file", "empty-file", "‸\n", "empty", level="warning"),
    case("a flow that is not indented", "unknown-key", "flows:\n‸f2:\n  description: d\n  triggers: [{intent: hello}]\n  steps: [{say: hi}]\n", "below `flows:`"),
    case("a shortened key", "unknown-key", "flows:\n  f:\n    ‸desc: d\n    triggers: [{intent: go}]\n    steps: [{say: hi}]\nnlu: [{intent: go, examples: [go ahead]}]\n", "Did you mean 'description'?"),
    in_steps("no space behind a dash", "wrong-type", "‸-say: hi", "`- say: ...`"),
    in_steps("no space behind a colon", "wrong-type", "- ‸say:hi", "`say: hi`"),
    in_steps("a bound that cannot be read", "out-of-range", "- set: {n: 0}\n- loop: {while: vars.n < 3, max_iterations: ‸100000, steps: [{set: {n: 1}}]}\n- say: hi", "10,000"),
    in_steps("a case of text that always holds", "unreachable", "- conditional: {when: [{condition: 'true', steps: [{say: a}]}, {condition: ‸slots.agreed, steps: [{say: b}]}]}", "always holds"),
    in_steps("a quote that a later line closes", "yaml-trap", '- say: ‸"hello\n- say: more\n- say: {text: "x"}', "never closed"),
    in_steps(
        "a type that JSON Schema does not have", "bad-schema",
        "- {id: i, ai: {prompt: hi, schema: {type: object, properties: {a: {type: ‸str}}}, offline: {value: {a: b}}}}\n- say: hi", "'string'",
    ),
)  # fmt: skip
