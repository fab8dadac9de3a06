"""The operators that read data: `var val exists missing missing_some`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.errors import invalid
from automate.rules.predicate.node import BuilderArguments, Evaluator, Operator, Scope
from automate.rules.predicate.operators.building import expect, spread_arguments
from automate.rules.predicate.values import member, number, text

Absent: TypeAlias = Any
"""The type of ABSENT. json and orjson have no type for a missing value, so ABSENT takes the place of a JSON value."""
ABSENT: Absent = object()
"""Distinguishes a missing value from null. For a key whose value is null, `exists` is true, and `var` does not
return its default.
"""


FARTHEST_SCOPE = 1_000
LONGEST_PATH = 4_096
MOST_STEPS = 64
"""The maximum of steps in a dotted path, which limits the cost of one operation. Events are not deeper."""


def dotted(path: JsonValue) -> tuple[str, ...]:
    """Split a path: `"a.b.1"` -> `("a", "b", "1")`. The paths "" and null refer to the whole data.

    Raises JsonLogic's error `Invalid Arguments` for a value that is neither text nor a number.
    """
    if path is None or path == "":
        return ()
    if isinstance(path, bool) or not isinstance(path, str | int | float):
        raise invalid('a path is text such as "payload.customer.id"')
    written = text(path)
    if len(written) > LONGEST_PATH or written.count(".") >= MOST_STEPS:
        raise invalid(f"a path has at most {MOST_STEPS} steps and {LONGEST_PATH} characters")
    return tuple(written.split("."))


def look_up(data: JsonValue, keys: tuple[JsonValue, ...] | list[JsonValue]) -> JsonValue:
    for key in keys:
        data = member(data, key, ABSENT)
        if data is ABSENT:
            return ABSENT
    return data


def _constant_var(keys: tuple[str, ...]) -> Evaluator:
    # The result is null if the path leads to no value.
    def run(data: JsonValue, _scope: Scope) -> JsonValue:
        for key in keys:
            # Nested objects are the usual case, so this case needs no function call.
            data = data.get(key) if type(data) is dict else member(data, key, None)
        return data

    return run


def _var(site: BuilderArguments) -> Evaluator:
    spread, args = site.spread, site.args
    if spread is not None:

        def run_spread(data: JsonValue, scope: Scope) -> JsonValue:
            path, default = ([*spread_arguments(spread, data, scope), None, None])[:2]
            found = look_up(data, dotted(path))
            return default if found is ABSENT else found

        return run_spread
    default = args[1].run if len(args) > 1 else None
    if not args or args[0].constant:
        keys = dotted(args[0].value if args else None)
        if default is None:
            return _constant_var(keys)

        def run_with_default(data: JsonValue, scope: Scope) -> JsonValue:
            found = look_up(data, keys)
            return default(data, scope) if found is ABSENT else found

        return run_with_default
    path = args[0].run

    def run(data: JsonValue, scope: Scope) -> JsonValue:
        found = look_up(data, dotted(path(data, scope)))
        if found is ABSENT:
            return default(data, scope) if default else None
        return found

    return run


def _resolve(keys: list[JsonValue], data: JsonValue, scope: Scope) -> JsonValue:
    # A path that begins with `[n]` starts n levels up. Level 1 has the loop's own variables. Level 2 is the data around it.
    if keys and isinstance(outwards := keys[0], list):
        level = int(min(abs(number(outwards[0])), FARTHEST_SCOPE)) if len(outwards) == 1 else 0
        around: Scope | None = scope
        for _ in range(level // 2):
            around = around[3] if around else None
            if around is None:
                absent: JsonValue = ABSENT
                return absent
        if around is not None and level:
            data = around[2] if level % 2 else around[1]
        keys = keys[1:]
    return look_up(data, keys)


def _keys(site: BuilderArguments) -> Callable[[JsonValue, Scope], list[JsonValue]]:
    spread = site.spread
    if spread is not None:
        return lambda data, scope: spread_arguments(spread, data, scope)
    if all(node.constant for node in site.args):
        keys: list[JsonValue] = [node.value for node in site.args if node.value is not None]
        return lambda _data, _scope: keys
    runs = tuple(node.run for node in site.args)
    return lambda data, scope: [run(data, scope) for run in runs]


def _val(site: BuilderArguments) -> Evaluator:
    keys = _keys(site)

    def run(data: JsonValue, scope: Scope) -> JsonValue:
        found = _resolve(keys(data, scope), data, scope)
        return None if found is ABSENT else found

    return run


def _exists(site: BuilderArguments) -> Evaluator:
    # A single text with dots is tried as one key first, and then as a path of keys.
    keys = _keys(site)

    def run(data: JsonValue, scope: Scope) -> bool:
        path = keys(data, scope)
        if _resolve(path, data, scope) is not ABSENT:
            return True
        (only, *more) = path or [None]
        return isinstance(only, str) and not more and "." in only and look_up(data, dotted(only)) is not ABSENT

    return run


def _missing_among(paths: list[JsonValue], data: JsonValue, scope: Scope) -> list[JsonValue]:
    scope[0].spend(len(paths))
    scope[0].produce(8 * len(paths))
    return [path for path in paths if look_up(data, dotted(path)) in (ABSENT, None, "")]


def _missing(site: BuilderArguments) -> Evaluator:
    keys = _keys(site)

    def run(data: JsonValue, scope: Scope) -> list[JsonValue]:
        paths = keys(data, scope)
        if paths and isinstance(listed := paths[0], list):
            paths = listed
        return _missing_among(paths, data, scope)

    return run


def _missing_some(site: BuilderArguments) -> Evaluator:
    # `[n, paths]`. If at least n paths exist, the result is an empty list. Otherwise the missing paths.
    keys = _keys(site)
    if site.spread is None:
        expect(site, len(site.args), 2, 2)

    def run(data: JsonValue, scope: Scope) -> list[JsonValue]:
        values = keys(data, scope)
        expect(site, len(values), 2, 2)
        need, paths = values
        if not isinstance(paths, list):
            raise invalid("missing_some takes a number and a list of paths")
        missing = _missing_among(paths, data, scope)
        return [] if len(paths) - len(missing) >= number(need) else missing

    return run


OPERATORS = (
    Operator("var", _var, 0, 2, '{"var": "payload.customer.id"}', reads=True),
    Operator("val", _val, 0, None, '{"val": ["payload", "customer", "id"]}', reads=True),
    Operator("exists", _exists, 1, None, '{"exists": "payload.customer.id"}', reads=True),
    Operator("missing", _missing, 1, None, '{"missing": ["payload.a", "payload.b"]}', reads=True),
    Operator("missing_some", _missing_some, 2, 2, '{"missing_some": [1, ["payload.a", "payload.b"]]}', reads=True),
)
