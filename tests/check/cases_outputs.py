"""What steps give, how it is written in expressions, and what it is compared with."""

# ruff: noqa: E501  (YAML on one line is easier to compare with its finding)

from tests.check.desks import case, in_steps

_ACCOUNT = "- {id: account, do: crm.find_account, with: {email: a}}\n"

CASES = (
    # Outputs
    in_steps(
        "an unknown output",
        "unknown-field",
        _ACCOUNT + '- say: "{{ ‸steps.account.pln }}"',
        "Did you mean 'plan'",
    ),
    in_steps(
        "an unknown output inside an output",
        "unknown-field",
        '- {id: t, do: tickets.create, with: {email: a, summary: b}}\n- say: "{{ ‸steps.t.owner.nam }}"',
        "name",
    ),
    in_steps(
        "a field of a text output",
        "unknown-field",
        _ACCOUNT + '- say: "{{ ‸steps.account.id.value }}"',
        "text",
    ),
    in_steps(
        "a field of a list output",
        "unknown-field",
        _ACCOUNT + '- say: "{{ ‸steps.account.orders.id }}"',
        "list",
    ),
    in_steps(
        "an unknown output of a prompt",
        "unknown-field",
        '- {id: i, ai: classify, with: {message: a}}\n- say: "{{ ‸steps.i.urgncy }}"',
        "urgency",
    ),
    in_steps(
        "the content of a structured prompt",
        "unknown-field",
        '- {id: i, ai: classify, with: {message: a}}\n- say: "{{ ‸steps.i.content }}"',
        "summary, urgency",
    ),
    in_steps(
        "the text of a text prompt",
        "unknown-field",
        '- {id: i, ai: {prompt: a}}\n- say: "{{ ‸steps.i.text }}"',
        "content",
    ),
    in_steps(
        "the output of a reply",
        "unknown-field",
        '- {id: a, say: hi}\n- say: "{{ ‸steps.a.text }}"',
        "no output",
    ),
    in_steps(
        "an unknown output of a review",
        "unknown-field",
        '- {id: r, review: {title: x}}\n- say: "{{ ‸steps.r.decison }}"',
        "decision",
    ),
    in_steps(
        "an unknown output of a call",
        "unknown-field",
        '- {id: c, call: sub}\n- say: "{{ ‸steps.c.totl }}"',
        "total",
        others={"sub.yml": 'flows:\n  sub: {description: d, steps: [{say: a}], outputs: {total: "{{ 1 + 1 }}"}}\n'},
    ),
    case(
        "a step in a response that one flow has not run",
        "step-not-run",
        'responses:\n  utter_ticket:\n    - text: "It is {{ ‸steps.t.id }}."\n',
        "'f'",
        file="z.yml",
        others={
            "flows.yml": "flows:\n  f:\n    description: d\n    triggers: [{intent: go}]\n    steps:\n      - utter: utter_ticket\n"
            "      - {id: t, do: tickets.create, with: {email: a, summary: b}}\n"
        },
    ),
    # Expressions
    in_steps("an unknown filter", "bad-expression", '- say: "{{ slots.city | ‸uper }}"', "upper"),
    in_steps("an unknown function", "bad-expression", '- say: "{{ ‸nwo() }}"', "now"),
    in_steps("a single equals sign", "bad-expression", "- say: hi\n  if: slots.city ‸= 'x'", "=="),
    in_steps("a statement", "bad-expression", '- say: "‸{% if slots.city %}x{% endif %}"', "statements"),
    in_steps("braces that do not close", "bad-expression", '- say: "Hi ‸{{ slots.city"'),
    in_steps(
        "braces around one variable of a condition",
        "bad-expression",
        "- say: hi\n  if: \"{{ slots.city }}‸ == 'x'\"",
    ),
    in_steps(
        "an unknown filter in a block of text",
        "bad-expression",
        "- say: |\n    Hello\n    {{ slots.city | ‸uper }} and more",
        "upper",
    ),
    in_steps(
        "an unknown variable in a folded text",
        "unknown-variable",
        "- say: >-\n    Hello there\n    {{ ‸user.name }} and more",
        "user",
    ),
    in_steps("an unknown variable behind an escape", "unknown-variable", '- say: "a \\"b\\" {{ ‸user }}"', "user"),
    in_steps("an unknown variable behind an apostrophe", "unknown-variable", "- say: 'it''s {{ ‸user }}'", "user"),
    in_steps(
        "an unknown variable in a button",
        "unknown-variable",
        '- say: {text: a, buttons: [{title: "{{ ‸user }}"}]}',
        "user",
    ),
    in_steps(
        "an unknown variable in a translation",
        "unknown-variable",
        '- say: {text: a, translation: {de: "{{ ‸user }}"}}',
        "user",
    ),
    in_steps(
        "an unknown slot in a rejection",
        "unknown-slot",
        "- collect: city\n  rejections: [{if: ‸slots.cty == 'x', say: No.}]\n- say: hi",
        "city",
    ),
    in_steps(
        "an unknown slot in the flow's own condition",
        "unknown-slot",
        "- say: hi",
        "city",
        head="if: ‸slots.cty",
    ),
    in_steps(
        "an unknown slot in a rollout",
        "unknown-slot",
        "- say: hi",
        "city",
        head="rollout: {partial: {condition: ‸slots.cty}}",
    ),
    # Comparisons
    in_steps(
        "a choice value that does not exist",
        "unknown-value",
        "- say: hi\n  if: slots.plan == ‸'gold'",
        "enterprise, free, pro",
    ),
    in_steps(
        "a choice value in a list",
        "unknown-value",
        "- say: hi\n  if: slots.plan in ['pro', ‸'entreprise']",
        "Did you mean 'enterprise'",
    ),
    in_steps("a choice value on the left", "unknown-value", "- say: hi\n  if: \"‸'gold' == slots.plan\""),
    in_steps("a choice value that is excluded", "unknown-value", "- say: hi\n  if: slots.plan != ‸'gold'"),
    in_steps(
        "a choice value in a template",
        "unknown-value",
        "- say: \"{{ 'x' if slots.plan == ‸'gold' else 'y' }}\"",
    ),
    in_steps(
        "an output value that does not exist",
        "unknown-value",
        _ACCOUNT + "- say: hi\n  if: steps.account.plan == ‸'gold'",
    ),
    in_steps(
        "an urgency that does not exist",
        "unknown-value",
        "- say: hi\n  if: parse.urgency == ‸'urgent'",
        "high, low, normal",
    ),
    in_steps("a sentiment that does not exist", "unknown-value", "- say: hi\n  if: parse.sentiment == ‸'angry'"),
    in_steps("an intent that does not exist", "unknown-value", "- say: hi\n  if: parse.intent == ‸'helo'", "hello"),
    in_steps("a text for a boolean", "never-equal", "- say: hi\n  if: slots.agreed == ‸'yes'", "true or false"),
    in_steps("a text for a number", "never-equal", "- say: hi\n  if: slots.amount == ‸'5'", "without quotes"),
    in_steps(
        "a text that orders a number",
        "never-equal",
        "- say: hi\n  if: \"slots.amount > ‸'5'\"",
        "cannot be compared",
    ),
    in_steps(
        "a slot that may be empty",
        "maybe-empty",
        "- say: hi\n- {say: ho, if: ‸slots.amount > 5}",
        "may be empty",
        level="warning",
    ),
    in_steps(
        "an output that may be null",
        "maybe-empty",
        _ACCOUNT + "- say: hi\n- {say: ho, if: ‸steps.account.plan > 'a'}",
        "may be null",
        level="warning",
    ),
    in_steps("a number for a text", "never-equal", "- say: hi\n  if: slots.city == ‸5", "quotes"),
    in_steps(
        "a decision that does not exist",
        "unknown-value",
        "- {id: r, review: {title: x}}\n- say: hi\n  if: steps.r.decision == ‸'approved'",
        "approve",
    ),
)
