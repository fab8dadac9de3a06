"""What is wrong with something that a person wrote, such as a draft or a rule: each problem knows its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from automate.kernel.errors import NormalizedError


@dataclass(frozen=True)
class Problem:
    """code: a name of ``automate.kernel.errors.CODES``. message: says how to mend it. path: outermost first."""

    code: str
    message: str
    path: tuple[str | int, ...]


def refusal_of(problems: Sequence[NormalizedError]) -> NormalizedError:
    """One error for all that is wrong: the first of them, with each in ``details.problems`` where there are more."""
    first, more = problems[0], len(problems) - 1
    if not more:
        return first
    told = [{"code": one.code, "message": one.message, "path": one.path} for one in problems]
    ending = "s" if more > 1 else ""
    message = f"{first.message} There {'are' if more > 1 else 'is'} {more} more problem{ending}."
    return NormalizedError(first.code, message, details={"problems": told}, path=first.path)


@contextmanager
def gathered(refusals: list[NormalizedError]) -> Iterator[None]:
    """What is refused within is put to the others, to be told with them: see ``together``."""
    try:
        yield
    except NormalizedError as refusal:
        refusals.append(refusal)


def together(refusals: Sequence[NormalizedError]) -> NormalizedError:
    """One error for all that several checks have refused; a single one as it is."""
    return refusals[0] if len(refusals) == 1 else refusal_of([one for each in refusals for one in problems_of(each)])


def problems_of(refusal: NormalizedError) -> list[NormalizedError]:
    """What ``refusal_of`` has put into one."""
    told = refusal.details.get("problems", ())
    return [NormalizedError(one["code"], one["message"], path=one["path"]) for one in told] or [refusal]
