"""Mistakes that YAML itself makes easy."""

from tests.check.desks import case, in_steps

CASES = (
    in_steps("a template without quotes", "yaml-trap", "- say: ‸{{ input.text }}", 'say: "{{ input.text }}"'),
    in_steps(
        "a template without quotes, then text",
        "yaml-trap",
        "- say: ‸{{ input.text }} it is",
        '"{{ input.text }} it is"',
    ),
    in_steps(
        "a template without quotes in braces",
        "yaml-trap",
        "- set: {a: ‸{{ input.text }}}\n- say: hi",
        "quotes",
    ),
    in_steps(
        "a template without quotes in a list",
        "yaml-trap",
        "- set: {a: [‸{{ input.text }}, b]}\n- say: hi",
        "quotes",
    ),
    in_steps("a value that is a comment", "yaml-trap", "- say: ‸#eng", 'say: "#eng"'),
    in_steps("a comment where text is wanted", "empty-value", "- ‸say: # eng", "empty"),
    in_steps("no where a boolean is wanted", "wrong-type", "- say: hi\n  enabled: ‸no", "`false`", "'no'"),
    in_steps(
        "yes in quotes", "wrong-type", '- collect: email\n  ask_before_filling: ‸"yes"\n- say: hi', "`true`"
    ),
    in_steps(
        "a condition that begins with a quote",
        "yaml-trap",
        "- if: ‸'x' in input.text\n  say: hi",
        "if: \"'x' in input.text\"",
    ),
    in_steps("bold text", "yaml-trap", "- say: ‸*bold*", 'say: "*bold*"'),
    in_steps("double bold text", "yaml-trap", "- say: ‸**bold** move", "quotes"),
    in_steps("a mention", "yaml-trap", "- say: ‸@here", 'say: "@here"'),
    in_steps("a backtick", "yaml-trap", "- say: ‸`code`", "quotes"),
    in_steps("a percent sign", "yaml-trap", "- say: ‸%d left", "quotes"),
    in_steps(
        "cron without quotes",
        "yaml-trap",
        "- stop: done",
        'cron: "* * * * *"',
        head="triggers:\n  - intent: go\n  - schedule:\n      cron: ‸* * * * *",
    ),
    in_steps(
        "a slash cron without quotes",
        "yaml-trap",
        "- stop: done",
        "quotes",
        head="triggers:\n  - intent: go\n  - schedule:\n      cron: ‸*/5 * * * *",
    ),
    in_steps("a colon in a text", "yaml-trap", "- say: ‸Re: hello", 'say: "Re: hello"'),
    in_steps("a colon in braces", "yaml-trap", "- set: {a: ‸Re: hello}\n- say: hi", "quotes"),
    in_steps("an exclamation mark first", "yaml-tag", "- say: ‸!important now", "quotes"),
    in_steps("a python tag", "yaml-tag", '- set: {a: ‸!!python/object:os.system "x"}\n- say: hi', "tag"),
    in_steps("an ampersand first", "yaml-anchor", "- say: ‸&co is here", "quotes"),
    in_steps("a text block begun on one line", "yaml-trap", "- say: ‸> hello", "quotes"),
    in_steps("a comparison read as a text block", "yaml-trap", "- say: hi\n  if: ‸>5", "quotes"),
    in_steps("text behind a list", "yaml-trap", "- say: ‸[urgent] look", "quotes"),
    in_steps("an apostrophe in single quotes", "yaml-trap", "- say: ‸'I can't'", '"I can\'t"'),
    in_steps(
        "double quotes in double quotes",
        "yaml-trap",
        '- say: hi\n  if: ‸"slots.city == "x""',
        "if: 'slots.city == \"x\"'",
    ),
    in_steps("a hash in a text", "yaml-comment", "- say: Order‸ #5 is here", "comment", level="warning"),
    in_steps("text behind a quote", "yaml-trap", '- say: ‸"Hi" there', "quotes"),
    in_steps("a backslash in double quotes", "yaml-trap", '- say: "a‸\\d"', "single quotes"),
    in_steps("a quote that is not closed", "yaml-trap", '- say: ‸"hello', "never closed"),
    in_steps("a quote that another closes", "yaml-trap", '- say: ‸"hello\n- say: "hi"', "never closed"),
    in_steps("a brace that is not closed", "yaml", "- set: ‸{a: b\n- say: hi", "never closed"),
    in_steps("a missing comma", "yaml-trap", "- set: {a: ‸1 b: 2}\n- say: hi", "quotes"),
    in_steps("a missing colon", "wrong-type", "- ‸utter utter_done", "`utter: utter_done`"),
    case(
        "a key without a colon",
        "yaml",
        "flows:\n  f:\n    ‸description foo\n    steps: [{say: hi}]\n    triggers: [{intent: go}]\n",
        "description: foo",
    ),
    case(
        "no space behind the colon",
        "yaml",
        "flows:\n  f:\n    ‸description:foo\n    steps: [{say: hi}]\n    triggers: [{intent: go}]\n",
        "description: foo",
    ),
    case(
        "a key too deep",
        "yaml",
        "flows:\n  f:\n    description: d\n     ‸triggers: [{intent: go}]\n    steps: [{say: hi}]\n",
        "column 5",
    ),
    case(
        "a key too shallow",
        "yaml",
        "flows:\n    f:\n        description: d\n      ‸steps: [{say: hi}]\n",
        "column",
    ),
    case(
        "a dash that is missing",
        "yaml",
        "flows:\n  f:\n    description: d\n    steps:\n      - say: a\n      ‸say: b\n",
        "`- `",
    ),
    case("a dash among keys", "yaml", "flows:\n  f:\n    description: d\n    ‸- say: a\n", "list item"),
    case(
        "a tab",
        "yaml-trap",
        "flows:\n  f:\n‸\tdescription: d\n\ttriggers: [{intent: go}]\n\tsteps: [{say: hi}]\n",
        "tab",
    ),
    case(
        "an alias",
        "yaml-alias",
        "flows:\n  f:\n    description: d\n    triggers: ‸*t\n    steps: [{say: hi}]\n",
        "alias",
    ),
    case(
        "a key twice",
        "duplicate-key",
        "flows:\n  f:\n    description: d\n    ‸description: e\n    triggers: [{intent: go}]\n"
        "    steps: [{say: hi}]\n",
        "line 3",
    ),
    case(
        "a flow twice in a file",
        "duplicate-key",
        """
        flows:
          f: {description: d, triggers: [{intent: go}], steps: [{say: hi}]}
          ‸f: {description: d, steps: [{say: hi}]}
        """,
        "line 2",
    ),
    case(
        "a second document",
        "second-document",
        "flows: {f: {description: d, triggers: [{intent: go}], steps: [{say: hi}]}}\n‸---\nslots: {}\n",
        "file of its own",
    ),
    case(
        "a control character",
        "control-character",
        "slots:\n  x: {type: text, description: a‸\x07b}\n",
        "U+0007",
    ),
    case("braces without end", "too-deep", "slots: " + "[" * 400 + "‸[", "brackets"),
    case("a list in place of keys", "wrong-type", "‸- flows\n- slots\n", "keys and values"),
    case("a key that is a list", "yaml-key", "slots:\n  ‸[a, b]: {type: text}\n", "key"),
)
