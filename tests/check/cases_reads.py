"""What templates and conditions read: on every path it must be there, and of a type that fits."""

from tests.check.desks import in_steps

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
)
