"""Filters and functions: which argument is which, and the closures that call them."""

from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from jinja2 import nodes

from bot.rules.expression.errors import EvaluationError, ExpressionError
from bot.rules.expression.limits import Frame
from bot.rules.expression.operators import described
from bot.rules.expression.parts import Part, Run, at, combined, fixed
from bot.rules.expression.places import Place
from bot.rules.expression.refusals import near
from bot.rules.expression.signature import REQUIRED, Filter, Function, OnNull, Param
from bot.rules.expression.values import Kind, Kinds, Value, kind_of, main_kind

_NULL: Final[Kinds] = frozenset({Kind.NULL})


def written_arguments(spec: Filter | Function, node: nodes.Filter | nodes.Call, offset: int) -> dict[str, nodes.Expr]:
    """The arguments by parameter. Raises ExpressionError for an unknown, double, missing one, or too many."""
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        raise ExpressionError("arguments are not unpacked (* and **)", f"Write them out: {spec.usage}", offset)
    if node.args and isinstance(spec, Filter) and spec.keywords_only:
        raise ExpressionError(f"{spec.name} takes its arguments by name", f"Write {spec.usage}.", offset)
    if len(node.args) > len(spec.params):
        raise ExpressionError(
            f"{spec.name} takes {len(spec.params) or 'no'} arguments, not {len(node.args)}",
            f"Write {spec.usage}.",
            offset,
        )
    given = {param.name: argument for param, argument in zip(spec.params, node.args, strict=False)}
    for keyword in node.kwargs:
        _add_keyword(spec, given, cast(nodes.Keyword, keyword))
    for param in spec.params:
        if param.default is REQUIRED and param.name not in given:
            raise ExpressionError(f"{spec.name} needs its argument {param.name!r}", f"Write {spec.usage}.", offset)
    return given


def _add_keyword(spec: Filter | Function, given: dict[str, nodes.Expr], keyword: nodes.Keyword) -> None:
    known = [param.name for param in spec.params]
    if keyword.key not in known:
        raise ExpressionError(
            f"{spec.name} has no argument {keyword.key[:40]!r}",
            f"{near(keyword.key, known)}Write {spec.usage}.",
            keyword.lineno,
        )
    if keyword.key in given:
        raise ExpressionError(f"{spec.name} gets {keyword.key!r} twice", f"Write {spec.usage}.", keyword.lineno)
    given[keyword.key] = keyword.value


def operand_place(spec: Filter, given: dict[str, nodes.Expr], place: Place) -> Place:
    """Where the filtered value stands: whether its null is harmless, passed on, or an error."""
    if spec.stand_in in given or spec.name == "default":
        return place.forgiving()
    match spec.on_null:
        case OnNull.PASSES:
            return place
        case OnNull.TAKEN:
            return place.plain()
        case OnNull.REFUSED:
            return place.needing()


def argument_place(spec: Filter | Function, param: Param, place: Place) -> Place:
    """Where an argument stands."""
    if isinstance(spec, Filter) and param.name == spec.stand_in:
        return place
    return place.plain() if Kind.NULL in param.kinds else place.needing()


def filled(spec: Filter | Function, given: dict[str, Part], offset: int) -> list[Part]:
    """All arguments in order, defaults put in. Raises ExpressionError for one of a kind that never fits."""
    arguments = []
    for param in spec.params:
        part = given.get(param.name)
        if part is None:
            part = fixed(param.default, offset)
        elif not part.kinds & param.kinds:
            raise at(part.offset, _misfit_argument(spec, param, main_kind(part.kinds)))
        arguments.append(part)
    return arguments


def filtered(spec: Filter, operand: Part, arguments: Sequence[Part], offset: int) -> Part:
    """`operand | filter(arguments)`"""
    if spec.name == "default":
        return _defaulted(operand, arguments, offset)
    passes = spec.on_null is OnNull.PASSES
    if not operand.kinds & (spec.accepts | _NULL if passes else spec.accepts):
        raise at(offset, _misfit_value(spec, main_kind(operand.kinds), operand.name))
    _check_fixed(spec, arguments)
    kinds = spec.gives | _NULL if passes and Kind.NULL in operand.kinds else spec.gives
    return combined(_filter_run(spec, operand, arguments, passes), kinds, (operand, *arguments), offset)


def _filter_run(spec: Filter, operand: Part, arguments: Sequence[Part], passes: bool) -> Run:
    inner, compute, accepts, name = operand.run, spec.run, spec.accepts, operand.name
    values = _argument_values(spec, arguments)

    def run(frame: Frame) -> Value:
        value = inner(frame)
        if value is None and passes:
            return None
        kind = kind_of(value)
        if kind not in accepts:
            raise _misfit_value(spec, kind, name)
        return compute(frame, value, *values(frame))

    return run


def _defaulted(operand: Part, arguments: Sequence[Part], offset: int) -> Part:
    # The stand-in is worked out only where it is used, as the else of an inline if is.
    inner, (fallback, falsy) = operand.run, (part.run for part in arguments)

    def run(frame: Frame) -> Value:
        value = inner(frame)
        if value is None or (not value and falsy(frame)):
            return fallback(frame)
        return value

    kinds = operand.kinds - _NULL | arguments[0].kinds
    return combined(run, kinds, (operand, *arguments), offset)


def called(function: Function, arguments: Sequence[Part], offset: int) -> Part:
    """`function(arguments)`"""
    values, compute = _argument_values(function, arguments), function.run
    return combined(
        lambda frame: compute(frame, *values(frame)),
        function.gives,
        arguments,
        offset,
        steady=function.constant,
    )


def _argument_values(spec: Filter | Function, arguments: Sequence[Part]) -> Callable[[Frame], Sequence[Value]]:
    if all(part.constant for part in arguments):
        ready = tuple(part.run(Frame({}, None)) for part in arguments)
        return lambda _frame: ready
    pairs = list(zip(spec.params, (part.run for part in arguments), strict=True))

    def values(frame: Frame) -> list[Value]:
        found = []
        for param, run in pairs:
            value = run(frame)
            if kind_of(value) not in param.kinds:
                raise _misfit_argument(spec, param, kind_of(value))
            found.append(value)
        return found

    return values


def _check_fixed(spec: Filter, arguments: Sequence[Part]) -> None:
    """Refuse a bad argument that is written out (a date format, a currency), whatever the value will be."""
    if spec.check is None or not all(part.constant for part in arguments):
        return
    values: list[Any] = [part.run(Frame({}, None)) for part in arguments]
    try:
        spec.check(*values)
    except EvaluationError as error:
        raise at(arguments[0].offset, error) from None


def _misfit_value(spec: Filter, kind: Kind, name: str) -> EvaluationError:
    wants = " or ".join(sorted(spec.accepts))
    fix = f"Write {spec.usage}."
    if kind is Kind.NULL:
        stand_in = _EMPTY.get(main_kind(spec.accepts), "''")
        fix = f"Guard what may be null with a default, as in: x | default({stand_in}) | {spec.name}"
    return EvaluationError(f"{spec.name} takes {wants}, and here is {described(kind, name)}", fix)


_EMPTY: Final = {Kind.BOOLEAN: "0", Kind.NUMBER: "0", Kind.LIST: "[]", Kind.MAPPING: "{}"}


def _misfit_argument(spec: Filter | Function, param: Param, kind: Kind) -> EvaluationError:
    wants = " or ".join(sorted(param.kinds))
    return EvaluationError(
        f"the argument {param.name!r} of {spec.name} is {wants}, and here is {kind}", f"Write {spec.usage}."
    )
