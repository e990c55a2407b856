"""Finds actions by name and by entry point. What cannot be loaded is reported; the rest is.

rasa_sdk's own loader would not do: it ends the process at an ImportError, and registers every Action subclass
that happens to be imported.
"""

import importlib
import inspect
import pkgutil
import sysconfig
import traceback
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from rasa_sdk.interfaces import Action

from bot.ports import ActionHost

GROUP = "frontdesk.actions"
"""Installed packages offer actions by entry points of this group; their values name modules or packages."""
PREPARE = "prepare"
"""A package may define ``async def prepare(host: ActionHost) -> None``: awaited once, before any call."""

_LIBRARIES = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))

Prepare = Callable[[ActionHost], Awaitable[None]]


@dataclass(frozen=True)
class LoadedActions:
    """actions:  one of each class, names unique, in the order of loading.
    problems: one line each: where, what, and what to do.
    """

    actions: tuple[Action, ...] = ()
    problems: tuple[str, ...] = ()
    prepares: tuple[tuple[str, Prepare], ...] = ()

    async def prepare(self, host: ActionHost) -> tuple[str, ...]:
        """Lets each package make what it needs, its tables for instance. Gives the problems it met."""
        problems = []
        for package, prepare in self.prepares:
            try:
                await prepare(host)
            except Exception as error:
                problems.append(_problem(package, error, f"The actions of {package} may not work"))
        return tuple(problems)


def load_actions(packages: Iterable[str]) -> LoadedActions:
    """Imports each package with its submodules, then those of entry points, and makes their actions."""
    loading = _Loading()
    named = [*packages, *(point.module for point in entry_points(group=GROUP))]
    for package in dict.fromkeys(named):
        loading.add_package(package)
    return LoadedActions(tuple(loading.actions.values()), tuple(loading.problems), tuple(loading.prepares))


@dataclass
class _Loading:
    actions: dict[str, Action] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    prepares: list[tuple[str, Prepare]] = field(default_factory=list)

    def add_package(self, package: str) -> None:
        for module in self._modules(package):
            for kind in _action_classes(module):
                self._add(kind)
            if inspect.iscoroutinefunction(prepare := vars(module).get(PREPARE)) and module.__name__ == package:
                self.prepares.append((package, prepare))

    def _modules(self, name: str) -> Iterator[ModuleType]:
        try:
            module = importlib.import_module(name)
        except (Exception, SystemExit) as error:
            self.problems.append(_problem(name, error, "Its actions are missing"))
            return
        yield module
        for _, inner, _ in pkgutil.iter_modules(getattr(module, "__path__", ()), prefix=f"{name}."):
            yield from self._modules(inner)

    def _add(self, kind: type[Action]) -> None:
        where = f"{kind.__module__}.{kind.__qualname__}"
        try:
            action = kind()
            name = _name(action)
        except (Exception, SystemExit) as error:
            self.problems.append(_problem(where, error, "If it is a base class, make it abstract (abc.ABC)"))
            return
        if first := self.actions.get(name):
            other = f"{type(first).__module__}.{type(first).__qualname__}"
            self.problems.append(f"{where}: {name} is taken by {other}. Rename one of them.")
        else:
            self.actions[name] = action


def _name(action: Action) -> str:
    name: object = action.name()
    if not isinstance(name, str) or not name:
        raise TypeError(f"its name() gives {name!r}, not a text")
    return name


def _action_classes(module: ModuleType) -> list[type[Action]]:
    """The concrete actions that are defined there, not those it imports."""
    return [
        kind
        for kind in vars(module).values()
        if inspect.isclass(kind) and issubclass(kind, Action) and not inspect.isabstract(kind)
        if kind.__module__ == module.__name__
    ]


def _problem(where: str, error: BaseException, consequence: str) -> str:
    what = " ".join(traceback.format_exception_only(error)[-1].split())
    return f"{_place(error) or where}: {what[:300]}. {consequence}."


def _place(error: BaseException) -> str | None:
    """``file:line`` of the innermost frame that is no library's."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_short(error.filename)}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _is_authored(frame.filename)]
    return f"{_short(ours[-1].filename)}:{ours[-1].lineno}" if ours else None


def _is_authored(filename: str) -> bool:
    path = Path(filename)
    return path.exists() and path != Path(__file__) and not any(map(path.is_relative_to, _LIBRARIES))


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else filename
