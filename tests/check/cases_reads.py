"""What templates and conditions read: on every path it must be there, and of a type that fits."""

from tests.check.desks import case, in_steps

_ACCOUNT = "- {id: account, do: crm.find_account, with: {email: a}}\n"
_MAYBE = """
- conditional:
    when:
      - condition: slots.agreed
        steps: [{id: ticket, do: tickets.create, with: {email: a, summary: b}}]
    else: {steps: [{say: no}]}
"""

CASES = (
    # Variables
    in_steps(
        "an unknown variable",
        "unknown-variable",
        '- say: "Hi {{ ‸user.name }}"',
        "there is no variable 'user'",
    ),
    in_steps(
        "a slot without its root",
        "unknown-variable",
        '- say: "To {{ ‸email }}"',
        "Did you mean 'slots.email'?",
    ),
    in_steps(
        "a step without its root",
        "unknown-variable",
        _ACCOUNT + '- say: "{{ ‸account.id }}"',
        "'steps.account'",
    ),
    in_steps("a misspelt root", "unknown-variable", '- say: "{{ ‸slot.email }}"', "Did you mean 'slots'"),
    in_steps("an unknown input", "unknown-input", '- say: "{{ ‸input.txt }}"', "Did you mean 'text'"),
    in_steps(
        "an unknown declared input",
        "unknown-input",
        '- do: action_plain\n  with: {a: "{{ ‸input.oder }}"}',
        "order",
        head="triggers: [{webhook: {source: shop}}]\ninputs: {order: text}",
    ),
    in_steps(
        "the text of a message in a webhook",
        "unknown-input",
        '- do: action_plain\n  with: {a: "{{ ‸input.text }}"}',
        "order",
        head="triggers: [{webhook: {source: shop}}]\ninputs: {order: text}",
    ),
    in_steps("an unknown field of the parse", "unknown-field", '- say: "{{ ‸parse.urgncy }}"', "urgency"),
    in_steps(
        "a variable that nothing sets",
        "unknown-variable",
        '- set: {total: 1}\n- say: "{{ ‸vars.totl }}"',
        "total",
    ),
    in_steps(
        "a variable that is set later",
        "maybe-unset",
        '- say: "{{ ‸vars.total }}"\n- set: {total: 1}',
        "not set yet",
    ),
    in_steps(
        "a variable that is set on one path",
        "maybe-unset",
        """
        - conditional:
            when: [{condition: slots.agreed, steps: [{set: {total: 1}}]}]
        - say: "{{ ‸vars.total }}"
        """,
        "no case of the conditional in line 6 holds",
    ),
    in_steps("the error outside on_error", "unknown-variable", '- say: "{{ ‸error.message }}"', "on_error"),
    in_steps(
        "an unknown field of the error",
        "unknown-field",
        '- do: action_plain\n  on_error: [{say: "{{ ‸error.msg }}"}]',
        "message",
    ),
    in_steps("an item outside a loop", "unknown-variable", '- say: "{{ ‸item }}"', "loop"),
    in_steps("loop outside a loop", "unknown-variable", '- say: "{{ ‸loop.index }}"', "loop"),
    in_steps(
        "a loop's item behind the loop",
        "unknown-variable",
        """
        - loop: {for_each: {item: file, in: input.files}, steps: [{say: "{{ file.name }}"}]}
        - say: "{{ ‸file.name }}"
        """,
    ),
    in_steps(
        "an unknown field of loop",
        "unknown-field",
        '- loop: {for_each: {item: x, in: input.files}, steps: [{say: "{{ ‸loop.idx }}"}]}',
        "index",
    ),
    in_steps("a field of a text slot", "unknown-field", '- say: "{{ ‸slots.email.domain }}"', "email"),
    # Steps on every path
    in_steps(
        "an unknown step",
        "unknown-step",
        _ACCOUNT + '- say: "{{ ‸steps.acount.id }}"',
        "Did you mean 'account'",
    ),
    in_steps(
        "a step that comes later",
        "step-not-run",
        '- say: "{{ ‸steps.account.id }}"\n' + _ACCOUNT,
        "has not run",
    ),
    in_steps(
        "a step that reads itself",
        "step-not-run",
        '- {id: account, do: crm.find_account, with: {email: "{{ ‸steps.account.id }}"}}\n- say: hi',
    ),
    in_steps("a step of one branch", "maybe-missing", _MAYBE + '- say: "{{ ‸steps.ticket.id }}"', "else"),
    in_steps(
        "a step of the other branch",
        "step-not-run",
        """
        - conditional:
            when:
              - condition: slots.agreed
                steps: [{id: ticket, do: tickets.create, with: {email: a, summary: b}}]
            else: {steps: [{say: "{{ ‸steps.ticket.id }}"}]}
        - say: hi
        """,
    ),
    in_steps(
        "a step whose error was handled",
        "maybe-missing",
        """
        - id: account
          do: crm.find_account
          with: {email: a}
          on_error: [{say: Sorry.}]
        - say: "{{ ‸steps.account.id }}"
        """,
        "fails and its `on_error` goes on",
        "default",
    ),
    in_steps(
        "a step that failed, in its on_error",
        "maybe-missing",
        """
        - id: account
          do: crm.find_account
          with: {email: a}
          on_error: [{say: "{{ ‸steps.account.id }}"}, {stop: failed}]
        - say: hi
        """,
    ),
    in_steps(
        "a step with an if",
        "maybe-missing",
        "- {id: account, do: crm.find_account, with: {email: a}, if: slots.agreed}\n"
        + '- say: "{{ ‸steps.account.id }}"',
        "its `if` does not hold",
    ),
    in_steps(
        "a step that is switched off",
        "maybe-missing",
        "- {id: account, do: crm.find_account, with: {email: a}, enabled: false}\n"
        + '- say: "{{ ‸steps.account.id }}"',
        "switched off",
    ),
    in_steps(
        "a step in a condition",
        "maybe-missing",
        _MAYBE
        + """
- conditional:
    when: [{condition: "‸steps.ticket.id == 'x'", steps: [{say: a}]}]
    else: {steps: [{say: b}]}
""",
    ),
    in_steps(
        "a step of a loop, behind it",
        "step-not-run",
        """
        - id: all
          loop: {for_each: {item: x, in: input.files}, steps: [{id: one, do: action_plain}]}
        - say: "{{ ‸steps.one }}"
        """,
        "steps.all",
    ),
    in_steps(
        "a step of a loop in its while",
        "maybe-missing",
        """
        - loop: {while: "‸steps.one.id != 'x'", max_iterations: 3, steps: [{id: one, do: action_plain}]}
        - say: hi
        """,
        "first round",
    ),
    in_steps(
        "the branch that came second",
        "maybe-missing",
        """
        - parallel:
            strategy: wait_any
            branches: [[{id: a, do: action_plain}], [{id: b, do: action_plain}]]
        - say: "{{ ‸steps.a.x }}"
        """,
        "first",
    ),
    in_steps(
        "an event that did not come",
        "maybe-missing",
        """
        - id: rating
          wait: {event: csat.received, timeout: 1d, on_timeout: [{set: {late: true}}]}
        - say: "{{ ‸steps.rating.score }}"
        """,
        "times out",
    ),
    in_steps(
        "a default without the field",
        "maybe-missing",
        """
        - {id: account, do: crm.find_account, with: {email: a}, default: {found: false}}
        - say: "{{ ‸steps.account.id }}"
        """,
        "default",
    ),
    in_steps(
        "a step in the outputs, with a stop before it",
        "maybe-missing",
        """
        - conditional:
            when: [{condition: slots.agreed, steps: [{stop: done}]}]
        - {id: ticket, do: tickets.create, with: {email: a, summary: b}}
        """,
        "stops",
        head='outputs: {id: "{{ ‸steps.ticket.id }}"}',
    ),
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
        others={
            "sub.yml": 'flows:\n  sub: {description: d, steps: [{say: a}], outputs: {total: "{{ 1 + 1 }}"}}\n'
        },
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
    in_steps(
        "an unknown variable behind an escape", "unknown-variable", '- say: "a \\"b\\" {{ ‸user }}"', "user"
    ),
    in_steps(
        "an unknown variable behind an apostrophe", "unknown-variable", "- say: 'it''s {{ ‸user }}'", "user"
    ),
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
    in_steps(
        "a sentiment that does not exist", "unknown-value", "- say: hi\n  if: parse.sentiment == ‸'angry'"
    ),
    in_steps(
        "an intent that does not exist", "unknown-value", "- say: hi\n  if: parse.intent == ‸'helo'", "hello"
    ),
    in_steps(
        "a text for a boolean", "never-equal", "- say: hi\n  if: slots.agreed == ‸'yes'", "true or false"
    ),
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
