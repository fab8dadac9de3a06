"""Show the first failure when it happens; the others stand in the summary at the end."""

from __future__ import annotations

from typing import Any

import pytest


class FirstFailure:
    def __init__(self, config: pytest.Config) -> None:
        self._config, self._shown = config, False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if self._shown or not report.failed:
            return
        self._shown = True
        terminal: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        terminal.ensure_newline()
        terminal.section(f"first failure: {report.nodeid}", sep="_", red=True)
        report.toterminal(terminal._tw)
        terminal.line("The other tests continue. Every failure is shown again at the end.")


def pytest_configure(config: pytest.Config) -> None:
    # The processes of xdist report to the one that started them.
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(FirstFailure(config), "first-failure")
