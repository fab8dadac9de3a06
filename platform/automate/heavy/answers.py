"""Reads the answer of a child process. Only known types are unpickled."""

from __future__ import annotations

import dataclasses
import enum
import io
import pickle

from automate.heavy.child import TaskResult
from automate.kernel.errors import restored

_PLAIN = frozenset(
    {
        ("uuid", "UUID"),
        ("uuid", "SafeUUID"),
        ("datetime", "datetime"),
        ("datetime", "timedelta"),
        ("datetime", "timezone"),
    }
)


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        if (module, name) in _PLAIN or (module == "builtins" and name in {"set", "frozenset"}):
            return super().find_class(module, name)
        if module.partition(".")[0] == "automate":
            found = super().find_class(module, name)
            shape = isinstance(found, type) and (dataclasses.is_dataclass(found) or issubclass(found, enum.Enum))
            if shape or found is restored:
                return found
        raise pickle.UnpicklingError(f"a child may not send {module}.{name}")


def read(message: bytes) -> TaskResult:
    """Read the answer of a child process. Raises UnpicklingError if the answer has a type that is not allowed."""
    answer = _Unpickler(io.BytesIO(message)).load()
    if not isinstance(answer, TaskResult):
        raise pickle.UnpicklingError("a child sends an Answer")
    return answer
