"""The expression language of flows: Jinja2's syntax, our whitelist, our evaluator, plain JSON data.

Values
    null, true, false, numbers, texts, lists, mappings (`none`, `None`, `True` ... are read too). A dot is a
    key look-up and nothing else. A key that a mapping lacks, a position that a list lacks, and any look-up on
    null, a text or a number give null. `x['key']`, `x[0]`, `x[-1]` and `x[slots.key]` are look-ups too.
    Variables, and names behind a dot, do not begin with an underscore. An unknown variable is null at work;
    the checker finds it at load, by `reads`.

Operators
    `and`, `or`, `not` go by truth: null, false, 0, empty texts, lists and mappings are false. `and` and `or`
    give one of their operands, as in Python.
    `==` and `!=` never fail and never cross kinds: `'1' == 1` and `true == 1` are false, `1 == 1.0` is true.
    `<`, `<=`, `>`, `>=` order two numbers, two texts, or two lengths of time. Two texts that are both ISO
    dates are ordered as points in time (without an offset they are UTC, a date is its midnight). Anything
    else, null above all, raises EvaluationError.
    `in` looks for an equal item of a list, a key of a mapping, a part of a text.
    `+ - * / // %` work on numbers alone (true and false are none); `/` gives a fraction. Whole numbers stay
    within 2**63, fractions stay finite. `~` joins texts. `a if test else b`; without `else`, null.
    `is defined` means that it is not null, `is none` (or `is null`) that it is.

In text
    null is empty, true and false are words, lists and mappings are JSON. A `{{ … }}` with anything around it,
    be it a space, makes text; alone it keeps its value's type.

Filters (null raises EvaluationError where nothing else is said)
    default(default_value='', boolean=false)
                                      for null; with boolean=true for all that counts as false
    lower, upper, trim                null stays null
    truncate(length=255, end='…')     at most so many characters, end included, cut behind a word; null stays
    replace(old, new)                 every occurrence; null stays null
    length                            of a text, list or mapping
    first, last                       of a list or text; null where it is empty or null
    join(separator='')                the texts of a list's items
    round(precision=0)                half away from zero on the digits shown: 2.675 | round(2) is 2.68; whole
                                      without digits
    int(default), float(default)      of a number, a numeric text, true (1), false (0); else the default, else
                                      an error
    string, json                      as in text; as JSON; null is taken
    date(format='%Y-%m-%d')           of an ISO date or time, in its own offset, with English names. Fields:
                                      %Y %y %m %d %H %I %M %S %p %a %A %b %B %j %z %%; %-d, %-m ... drop zeros
    money(currency='EUR')             12.5 is "12.50 EUR": the currency's decimals, half away from zero
    sum(attribute=…)                  of numbers
    unique                            without what equals an earlier item
    sort(reverse=false, attribute=…)  all numbers, or all texts; dates by time
    map(attribute='a.b')              that key of each item
    select(attribute, value)          the items whose key equals the value

Time
    `now()` is `2026-05-01T09:30:00Z`, `today()` is `2026-05-01`: UTC, and texts. `days(n)` and `hours(n)` are
    lengths of time, which live only inside an expression. They are added to and taken from dates (which gives
    a text; a date moved by whole days stays a date) and one another, divided by one another, compared, and
    signed. A date minus a date is a length: `now() - input.sent_at > hours(24)`, or in numbers
    `(now() - input.sent_at) / days(1)`. A length that leaves the expression becomes the text that flow files
    use: `2d`, `1d 12h`.

Bounds (limits.py)
    Refused at load: more than 2,000 characters, 400 parts or 40 levels, and whatever fails on fixed values or
    kinds. At work: 65,536 characters of text made, lists of 10,000 items, results of 50,000 entries and a
    million characters, a budget of work over all. So an expression is total: it ends, quickly, and reaches
    nothing.
"""

from bot.rules.expression.errors import EvaluationError, ExpressionError
from bot.rules.expression.expressions import (
    Expression,
    Template,
    compile_expression,
    compile_template,
    paths_read,
    render_value,
    texts_in,
)
from bot.rules.expression.places import Path
from bot.rules.expression.values import Json

__all__ = [
    "EvaluationError",
    "Expression",
    "ExpressionError",
    "Json",
    "Path",
    "Template",
    "compile_expression",
    "compile_template",
    "paths_read",
    "render_value",
    "texts_in",
]
