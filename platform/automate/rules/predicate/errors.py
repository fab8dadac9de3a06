"""The errors of a predicate."""

from __future__ import annotations

from automate.kernel.json_values import JsonValue

Path = tuple[str | int, ...]

NAN = "NaN"
INVALID_ARGUMENTS = "Invalid Arguments"
UNKNOWN_OPERATOR = "Unknown Operator"
TOO_DEEP = "Too Deep"
TOO_EXPENSIVE = "Too Expensive"


class PredicateError(Exception):
    """A JsonLogic error.

    - ``error``: the JsonLogic error object, such as ``{"type": "NaN"}``.
    - ``message``: a sentence for the author of the rule.
    - ``bare``: the same message, but without values from the event.
    - ``path``: the path of the failed node in the rule.
    """

    def __init__(self, error: dict[str, JsonValue], message: str, path: Path | None = None, *, bare: str = "") -> None:
        super().__init__(message)
        self.error = error
        self.message = message
        self.path = path
        self.bare = bare or message

    @property
    def type(self) -> JsonValue:
        return self.error.get("type")

    def again(self) -> PredicateError:
        # An exception that is raised twice would keep the first traceback in memory.
        return PredicateError(self.error, self.message, self.path, bare=self.bare)


class TooExpensiveError(PredicateError):
    """The evaluation has used all the operations or bytes that are allowed for it."""

    def __init__(self, message: str, path: Path | None = None) -> None:
        super().__init__({"type": TOO_EXPENSIVE}, message, path)


def not_a_number(message: str, *, bare: str = "") -> PredicateError:
    return PredicateError({"type": NAN}, message, bare=bare)


def invalid(message: str, *, bare: str = "") -> PredicateError:
    return PredicateError({"type": INVALID_ARGUMENTS}, message, bare=bare)
