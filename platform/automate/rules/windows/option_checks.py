"""Check the options of a rule before they are saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue, ReadableJson, as_object
from automate.kernel.problems import Problem
from automate.kernel.shape_checks import problems_of
from automate.rules.windows.options import Options

Path = tuple[str | int, ...]


def check_options(options: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Check the options of a rule. Returns the form of the options that is stored, without empty members.

    Raises INVALID_RULE with ``details.problems`` for invalid options.
    """
    problems = option_problems(options)
    if problems:
        raise refusal(problems)
    return {
        name: value
        if name == "stop"
        else {field: found for field, found in as_object(value).items() if found not in (None, "")}
        for name, value in options.items()
        if value not in (None, False)
    }


def refusal(problems: Sequence[Problem], path: Path = ()) -> NormalizedError:
    """Return one error INVALID_RULE for all problems of a rule. ``path`` leads to the rule in the input."""
    first = problems[0]
    more = f" There are {len(problems) - 1} more problems." if len(problems) > 1 else ""
    return NormalizedError(
        "INVALID_RULE",
        f"{first.message}{more}",
        details={
            "problems": [
                {
                    "code": problem.code,
                    "message": problem.message,
                    "path": [str(part) for part in (*path, *problem.path)],
                }
                for problem in problems
            ]
        },
        path=[*path, *first.path],
    )


def option_problems(options: ReadableJson, path: Path = ("options",), *, stored: bool = True) -> list[Problem]:
    """Return all problems of the options. Each problem has an API path such as ``options rateLimit limit``.

    If ``stored`` is True, ``options`` has the names of the stored row. Otherwise, ``options`` has the names of the API.
    """
    return problems_of(Options, options, path, code="INVALID_RULE", stored=stored)
