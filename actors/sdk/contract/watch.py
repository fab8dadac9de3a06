"""Records what a connector writes to logs and to the terminal."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator

import structlog


class Said(logging.Handler):
    """All output as one text: the lines of ``logging``, of ``structlog``, of ``print`` and of ``warnings``."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.setFormatter(logging.Formatter("%(name)s %(message)s %(args)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{self.format(record)} {record.__dict__}")

    def text(self) -> str:
        return "\n".join(self.lines)


@contextlib.contextmanager
def listening() -> Iterator[Said]:
    # The yielded object gets the text at the end of the block.
    said, printed = Said(), io.StringIO()
    root = logging.getLogger()
    level = root.level
    root.addHandler(said)
    root.setLevel(logging.DEBUG)
    try:
        with (
            structlog.testing.capture_logs() as entries,
            warnings.catch_warnings(record=True) as warned,
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
        ):
            warnings.simplefilter("always")
            yield said
    finally:
        root.removeHandler(said)
        root.setLevel(level)
    said.lines += [str(entry) for entry in entries] + [str(one.message) for one in warned] + [printed.getvalue()]
