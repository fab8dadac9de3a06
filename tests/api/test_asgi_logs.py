"""A server that somebody else starts on our ASGI application logs as our own command does: lines of JSON, and no local variables."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

KEPT = "what a frame of the application holds"
STOP_SECONDS = 20
BROKEN = """
from automate.web.asgi import application
from automate.web import urls
from django.urls import path

def broken(request):
    kept = request.headers["X-Kept"]
    raise RuntimeError("it broke")

urls.urlpatterns.insert(0, path("broken", broken))
"""


@contextmanager
def uvicorn(folder: Path, module: str, said: list[str]) -> Iterator[str]:
    """As its own command starts it; the URL. said: the lines of what it has printed, once the block has ended."""
    command = [sys.executable, "-m", "uvicorn", f"{module}:application", "--port", "0", "--no-access-log"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"running on (http://127\.0\.0\.1:\d+)", line):
                break
        else:
            pytest.fail("it did not start:\n" + "".join(said))
        try:
            yield found[1]
        finally:
            process.terminate()
            said.extend(process.communicate(timeout=STOP_SECONDS)[0].splitlines())


def ask(url: str) -> int:
    with closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=STOP_SECONDS)) as connection:
        connection.request("GET", "/broken", headers={"X-Kept": KEPT})
        response = connection.getresponse()
        response.read()
        return response.status


def json_lines(said: list[str]) -> list[dict[str, Any]]:
    """What was logged above the level info."""
    lines = [json.loads(line) for line in said if line.startswith("{")]
    return [line for line in lines if line["level"] != "info"]


@pytest.mark.slow
def test_error_is_one_line_without_local_variables(database: Any, tmp_path: Path) -> None:
    (tmp_path / "broken_here.py").write_text(BROKEN)
    said: list[str] = []
    with uvicorn(tmp_path, "broken_here", said) as url:
        assert ask(url) == 500
    failed, refused = json_lines(said)
    assert (failed["event"], failed["process"], failed["level"]) == ("request failed", "web", "error")
    assert failed["exception"].startswith("Traceback (most recent call last):")
    assert failed["exception"].endswith("RuntimeError: it broke")
    assert (refused["event"], refused["status"]) == ("request refused", 500)
    assert KEPT not in "\n".join(said)


@pytest.mark.slow
def test_without_it_local_variables_are_logged(database: Any, tmp_path: Path) -> None:
    """The sabotaged twin: what structlog does by itself."""
    sabotage = "import automate.project.logs\nautomate.project.logs.log_unless_configured = lambda _: None\n"
    (tmp_path / "broken_here.py").write_text(sabotage + BROKEN)
    said: list[str] = []
    with uvicorn(tmp_path, "broken_here", said) as url:
        assert ask(url) == 500
    assert KEPT in "\n".join(said)


@pytest.mark.slow
def test_what_a_host_has_configured_stays(database: Any, tmp_path: Path) -> None:
    configured = """
import logging, structlog
structlog.configure(processors=[structlog.processors.KeyValueRenderer(["event"])])
logging.basicConfig(format="mine %(message)s")
"""
    said: list[str] = []
    (tmp_path / "broken_here.py").write_text(configured + BROKEN + "logging.warning('heard')\n")
    with uvicorn(tmp_path, "broken_here", said) as url:
        assert ask(url) == 500
    assert "mine heard\n" in said
    assert json_lines(said) == []


@pytest.mark.slow
def test_handlers_of_a_host_that_knows_no_structlog_stay(database: Any, tmp_path: Path) -> None:
    configured = "import logging\nlogging.basicConfig(format='mine %(message)s')\n"
    said: list[str] = []
    (tmp_path / "broken_here.py").write_text(configured + BROKEN + "logging.warning('heard')\n")
    with uvicorn(tmp_path, "broken_here", said) as url:
        assert ask(url) == 500
    assert "mine heard\n" in said
    assert [line["event"] for line in json_lines(said)] == ["request failed", "request refused"]
    assert KEPT not in "\n".join(said)
