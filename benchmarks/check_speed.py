"""How long 200 flows take to be loaded and checked: ``python -m benchmarks.check_speed``.

Every text of every flow is different, so that nothing is remembered from one flow to the next.
"""

from time import perf_counter

from bot.edges.action_local import spec_of
from bot.edges.desk_loader import load_core, load_texts
from bot.plugins.actions import load_actions
from bot.rules.check.desk import check_desk

FLOWS = 200
ROUNDS = 3


def flow(number: int) -> bytes:
    return f"""
flows:
  flow_{number}:
    description: The flow number {number}.
    triggers: [{{intent: wish_{number}}}]
    steps:
      - collect: email
      - id: account_{number}
        do: crm.find_account
        with: {{email: "{{{{ slots.email ~ '{number}' | trim }}}}"}}
        settings: {{timeout: 5s, retries: {{max_attempts: 3, backoff: 1s, multiplier: 2}}}}
        on_error:
          - handoff: {{team: support, reason: step_failed, note: "{{{{ error.message ~ '{number}' }}}}"}}
      - conditional:
          when:
            - condition: "steps.account_{number}.plan == 'enterprise' and slots.email != '{number}'"
              steps:
                - id: ticket_{number}
                  do: tickets.create
                  with: {{email: "{{{{ slots.email }}}}", priority: high, summary: "wish {number}"}}
                - say: "I have opened ticket {{{{ steps.ticket_{number}.id }}}} for {number}."
                - handoff: {{team: support, priority: urgent}}
          else:
            steps:
              - say: "You are on plan {{{{ steps.account_{number}.plan | default('none {number}') }}}}."
nlu:
  - intent: wish_{number}
    examples: |
      - I wish for number {number}
      - number {number} please
""".encode()


SHARED = b"slots: {email: {type: email}}\nresponses: {utter_ask_email: [{text: Which e-mail address?}]}\n"


def main() -> None:
    core = load_core()
    actions = {spec.name: spec for spec in map(spec_of, load_actions(["actions"]).actions)}
    files = {"shared.yml": SHARED} | {f"{number:03}.yml": flow(number) for number in range(FLOWS)}
    for round_number in range(1, ROUNDS + 1):
        files["shared.yml"] = SHARED + f"# round {round_number}\n".encode()
        began = perf_counter()
        loaded = load_texts(files, core)
        between = perf_counter()
        findings = check_desk(loaded.authored, actions, loaded.findings)
        ended = perf_counter()
        errors = sum(finding.level == "error" for finding in findings)
        print(
            f"round {round_number}: {FLOWS} flows loaded in {between - began:.2f} s, "
            f"checked in {ended - between:.2f} s, {errors} errors"
        )


if __name__ == "__main__":
    main()
