"""Settings that cannot be used, told as one line each: where, what, and what to do."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import SettingsError

from bot.settings import Settings

_NAMED = re.compile(r'for field "(\w+)"')
_WANTED: Final = {
    "int_parsing": "it is no whole number. Write one, as in 8000",
    "int_from_float": "it is no whole number. Write one, as in 8000",
    "float_parsing": "it is no number. Write one, as in 2.5",
    "bool_parsing": "it is neither true nor false. Write one of them",
    "finite_number": "it is no finite number. Write one, as in 2.5",
}
"""Kind of pydantic's error -> what is wrong and what to do; of the others pydantic's own words say it."""


def lines_of(error: ValidationError | SettingsError, env_file: Path = Path(".env")) -> list[str]:
    """One line for each setting. No value is shown: it may be a secret."""
    if isinstance(error, SettingsError):
        found = _NAMED.search(str(error))
        name = found[1] if found else ""
        return [f"{_where(name, env_file)}: it is not JSON. {_meaning(name)}"]
    return list(_each(error, env_file))


def _each(error: ValidationError, env_file: Path) -> Iterator[str]:
    for one in error.errors(include_url=False, include_input=False, include_context=True):
        path = [str(part) for part in one["loc"]]
        if not path:  # of several settings together: the words name them
            yield _own_words(one["msg"])
            continue
        name = _field_of(path[0])
        inside = f" ({'.'.join(path[1:])})" if path[1:] else ""
        words = _WANTED.get(one["type"]) or _own_words(one["msg"])
        yield f"{_where(name, env_file)}{inside}: {words}{'' if words.endswith('.') else '.'} {_meaning(name)}".rstrip()


def _own_words(message: str) -> str:
    words = message.removeprefix("Value error, ")
    return words if words != message else message[:1].lower() + message[1:]


def _field_of(told: str) -> str:
    """The field behind a name or an alias."""
    for name, field in Settings.model_fields.items():
        if told in (name, field.validation_alias):
            return name
    return told


def _variable(name: str) -> str:
    field: FieldInfo | None = Settings.model_fields.get(name)
    alias = field.validation_alias if field is not None else None
    return alias if isinstance(alias, str) else f"FRONTDESK_{name.upper()}"


def _where(name: str, env_file: Path) -> str:
    """The variable, and where it is set: in the environment, which counts first, else the line of the file."""
    variable = _variable(name)
    if any(one.upper() == variable for one in os.environ):
        return f"{variable} in the environment"
    try:
        lines = env_file.read_text(errors="replace").splitlines()
    except OSError:
        return variable
    set_here = re.compile(rf"\s*(?:export\s+)?{re.escape(variable)}\s*=", re.IGNORECASE)
    numbers = [number for number, line in enumerate(lines, 1) if set_here.match(line)]
    return f"{variable} in {env_file}:{numbers[-1]}" if numbers else variable


def _meaning(name: str) -> str:
    field = Settings.model_fields.get(name)
    return f"({field.description})" if field is not None and field.description else ""
