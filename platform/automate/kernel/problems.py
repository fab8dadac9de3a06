"""The problems of a document, such as a draft or a rule. Each problem has a path into the document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue, as_list, as_object, as_text, as_texts


@dataclass(frozen=True)
class Problem:
    code: str
    """A name of ``automate.kernel.errors.CODES``."""
    message: str
    """With the fix."""
    path: tuple[str | int, ...]
    """Outermost first."""


def no_such(what: str, by: str, listed: str, *path: str | int) -> NormalizedError:
    """Return the error for an id, slug or name that no object has. ``listed`` is the query that lists the objects."""
    return NormalizedError("NOT_FOUND", f"No {what} has this {by}. Look up the {by} in `{listed}`.", path=path)


def refusal_of(problems: Sequence[NormalizedError]) -> NormalizedError:
    """Combine problems into one error, with the code and path of the first problem. ``details.problems`` lists all."""
    first, more = problems[0], len(problems) - 1
    if not more:
        return first
    listed: list[JsonValue] = [{"code": one.code, "message": one.message, "path": [*one.path]} for one in problems]
    ending = "s" if more > 1 else ""
    message = f"{first.message} There {'are' if more > 1 else 'is'} {more} more problem{ending}."
    return NormalizedError(first.code, message, details={"problems": listed}, path=first.path)


@contextmanager
def gathered(refusals: list[NormalizedError]) -> Iterator[None]:
    """If the block raises a NormalizedError, catch the error and append it to ``refusals``."""
    try:
        yield
    except NormalizedError as refusal:
        refusals.append(refusal)


def together(refusals: Sequence[NormalizedError]) -> NormalizedError:
    """Combine the errors of several checks into one error."""
    return refusals[0] if len(refusals) == 1 else refusal_of([one for each in refusals for one in problems_of(each)])


def problems_of(refusal: NormalizedError) -> list[NormalizedError]:
    """Return the separate errors that ``refusal_of`` combined into ``refusal``."""
    single = [
        NormalizedError(as_text(one["code"]), as_text(one["message"]), path=as_texts(one["path"]))
        for one in map(as_object, as_list(refusal.details.get("problems", [])))
        # Problems without a code are details of the one error, such as the problems of INVALID_EVENT.
        if "code" in one
    ]
    return single or [refusal]
