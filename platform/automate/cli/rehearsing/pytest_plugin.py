"""Runs workflow tests in pytest. Each file ``*.automate.yaml`` is a test.

The run engine is imported only if such a file exists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from automate.cli.rehearsing import SUFFIX

if TYPE_CHECKING:
    from _pytest._code.code import TerminalRepr, TracebackStyle

    from automate.cli.applying.document import DocumentProblem
    from automate.simulation.rehearsal.simulator import Rehearsal


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    return CaseModule.from_parent(parent, path=file_path) if file_path.name.endswith(SUFFIX) else None


class CaseModule(pytest.File):
    """A file ``*.automate.yaml`` with one case."""

    def collect(self) -> Iterator[pytest.Item]:
        yield CaseItem.from_parent(self, name=self.path.name.removesuffix(SUFFIX))


class CaseFailedError(Exception):
    """A failed case, with the output of ``automate test``."""


class CaseItem(pytest.Item):
    def runtest(self) -> None:
        from automate.cli.rehearsing.files import run_file  # noqa: PLC0415 - see above

        _require_none(self.path, run_file(self.path).problems)

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: TracebackStyle | None = None
    ) -> str | TerminalRepr:
        # A stack trace would show only code of the platform.
        if isinstance(excinfo.value, CaseFailedError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, self.name


def _require_none(path: Path, problems: Sequence[DocumentProblem]) -> None:
    if problems:
        raise CaseFailedError("\n".join(_described(path, problem) for problem in problems))


def _described(path: Path, problem: DocumentProblem) -> str:
    where = f"{path}:{problem.line}" if problem.line else str(path)
    return f"{where}: {problem.message}"


@pytest.fixture
def rehearsed() -> Callable[[str | Path], Rehearsal]:
    """Return a function that runs the case of a test file. The function does not check the expectations of the case.

    The function returns the result with state, steps, calls and emitted events.
    """
    from automate.cli.applying.document import DocumentRefusedError  # noqa: PLC0415 - see above
    from automate.cli.rehearsing.files import load  # noqa: PLC0415 - see above
    from automate.cli.rehearsing.installed import installed_specs  # noqa: PLC0415 - see above
    from automate.simulation.rehearsal.simulator import rehearse  # noqa: PLC0415 - see above

    def run(path: str | Path) -> Rehearsal:
        try:
            return rehearse(load(Path(path)).case, installed_specs())
        except DocumentRefusedError as refused:
            _require_none(Path(path), refused.problems)
            raise

    return run
