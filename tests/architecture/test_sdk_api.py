"""What ``actors.sdk`` names stays as it is, for as long as its version says so: ``sdk_api.txt`` holds the API of API_VERSION.

A line that is added raises the second number; one that goes or changes raises the first. Then: python -m tests.architecture.test_sdk_api
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from actors import sdk
from actors.sdk import contract

FILE = Path(__file__).with_name("sdk_api.txt")


def described() -> str:
    lines = [f"version {sdk.API_VERSION}"]
    for module in (sdk, contract):
        for name in sorted(module.__all__):
            lines += [f"{module.__name__}.{name}{line}" for line in _lines(getattr(module, name))]
    return "\n".join(lines) + "\n"


def _lines(thing: Any) -> Iterator[str]:
    if inspect.isclass(thing):
        yield ""
        if is_dataclass(thing):
            for field in fields(thing):
                yield f"({field.name}: {field.type})"
        for name, member in sorted(_members(thing).items()):
            if name.startswith("_") or (is_dataclass(thing) and name in {field.name for field in fields(thing)}):
                continue
            function = member.__func__ if isinstance(member, classmethod | staticmethod) else member
            yield f".{name}{inspect.signature(function) if inspect.isfunction(function) else ''}"
    elif inspect.isfunction(thing):
        yield str(inspect.signature(thing))
    else:
        yield ""


def _members(thing: type) -> dict[str, Any]:
    """Its own, and those of bases of the suite's that bear no name of the API."""
    named = {getattr(module, name) for module in (sdk, contract) for name in module.__all__}
    unnamed = [
        base for base in thing.__mro__[1:] if base.__module__.startswith(contract.__name__) and base not in named
    ]
    return {name: member for kind in (*reversed(unnamed), thing) for name, member in vars(kind).items()}


def test_api_is_that_of_its_version() -> None:
    assert described() == FILE.read_text()


def test_every_name_is_there_once() -> None:
    for module in (sdk, contract):
        assert len(set(module.__all__)) == len(module.__all__)
        assert [name for name in module.__all__ if not hasattr(module, name)] == []


if __name__ == "__main__":
    FILE.write_text(described())
