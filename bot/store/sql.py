"""Statements as text, written once for both databases."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, CursorResult

_NAME: Final = re.compile(r"(?<![:\w]):(\w+)")

Values = Mapping[str, Any]


class Sql:
    """A statement with ``:names`` for its values, handed to the driver as it is.

    SQLAlchemy's ``text`` would analyse it again each time, which costs a turn a tenth of its processor time. Lists of
    values (``IN``) are not for this: there ``text`` expands them.
    """

    __slots__ = ("_words",)

    def __init__(self, words: str) -> None:
        self._words = {"sqlite": words, "postgresql": _NAME.sub(r"%(\1)s", words.replace("%", "%%"))}

    def run(self, connection: Connection, values: Values | Sequence[Values] = ()) -> CursorResult[*tuple[Any, ...]]:
        """Execute it with these values, or once for each of several."""
        return connection.exec_driver_sql(self._words[connection.dialect.name], values)
