"""The two ways an expression can fail: when the flow is loaded, and when data do not fit."""


class ExpressionError(ValueError):
    """A text that is no expression of this language. Raised by the compile functions only.

    what:   the fact, without a full stop.
    fix:    what to do about it, a sentence.
    offset: 0-based character position in the source that was handed in.
    """

    def __init__(self, what: str, fix: str, offset: int = 0) -> None:
        super().__init__(f"{what}. {fix}")
        self.what = what
        self.fix = fix
        self.offset = offset


class EvaluationError(ValueError):
    """Data that an expression cannot work with: a text plus a number, a division by zero, too large a result.

    what: the fact, without a full stop. fix: what to do about it, a sentence.
    """

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(f"{what}. {fix}")
        self.what = what
        self.fix = fix
