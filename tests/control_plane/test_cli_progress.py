"""Work that takes longer is seen: a bar on a terminal, plain lines elsewhere, and nothing within what a command says."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from automate.devserver import progress
from tests.support.facts import naming
from tests.support.servers import Servers
from tests.support.tree import ROOT

SECONDS = 60
WORK = """
import sys, threading
from automate.devserver import progress
from automate.cli import output
progress.WAIT_SECONDS = float(sys.argv[1])
with output.waiting("Counting", 3) as work:
    work.advance()
    output.line("a line")
    threading.Event().wait(0.5)
    work.reached(2, 3)
    threading.Event().wait(0.5)
output.line("the end")
"""


def on_a_terminal(*arguments: str) -> str:
    """All that a command writes where its output is a terminal."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm"}
    )
    os.close(theirs)
    said = b""
    try:
        while part := os.read(ours, 65536):
            said += part
    except OSError:  # a terminal whose other side is closed
        pass
    finally:
        os.close(ours)
    assert child.wait(SECONDS) == 0, said
    return said.decode()


def screen(said: str) -> list[str]:
    """The lines that stay, of a program that writes lines, erases lines and goes up by lines."""
    lines, row = [""], 0
    for sign in re.findall(r"\x1b\[[?\d;]*[A-Za-z]|.|\n", said):
        if sign == "\n":
            row += 1
            lines.extend([""] * (row + 1 - len(lines)))
        elif sign == "\x1b[1A":
            row -= 1
        elif sign in {"\x1b[2K", "\x1b[K"}:
            lines[row] = ""
        elif not sign.startswith("\x1b") and sign != "\r":
            lines[row] += sign
    return [line for line in lines if line]


@pytest.mark.slow
def test_bar_on_a_terminal_counts_and_leaves_nothing() -> None:
    said = on_a_terminal("-c", WORK, "0.1")
    assert "Counting: 1 of 3" in said
    assert "Counting: 2 of 3" in said
    assert "━" in said
    assert screen(said) == ["a line", "the end"]


@pytest.mark.slow
def test_short_work_shows_no_bar() -> None:
    assert screen(on_a_terminal("-c", WORK, "30")) == ["a line", "the end"]
    assert "Counting" not in on_a_terminal("-c", WORK, "30")


def test_pipe_gets_only_the_lines() -> None:
    done = subprocess.run([sys.executable, "-c", WORK, "0.1"], check=True, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("a line\nthe end\n", "")


def test_long_work_says_a_plain_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    console = Console(highlight=False, soft_wrap=True, stderr=True, force_terminal=False)
    with progress.waiting("Migrating schemas", console=console) as work:
        work.reached(1, 1002)
        monkeypatch.setattr(progress, "LINE_SECONDS", 0.0)
        work.reached(312, 1002)
        work.reached(1002, 1002)
    assert capsys.readouterr() == ("", naming("312", "1,002"))


def migrate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "automate.cli", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, timeout=SECONDS)


@pytest.mark.slow
def test_migrate_says_one_line(database: Servers) -> None:
    """And on a slow machine how far it is, since there are the schemas of all tests before this one."""
    done = migrate("migrate")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"(Migrating schemas: \d+ of \d+\n)*", done.stderr)
    assert re.fullmatch(r".* [\d,]+ .* \d+\.\d s\n", done.stdout)


@pytest.mark.slow
def test_token_of_the_platform_is_bare_and_replaces_its_earlier_one(database: Servers) -> None:
    from automate.kernel.errors import NormalizedError
    from automate.kernel.tenancy import acting_for_platform
    from tenants.authentication import authenticate
    from tenants.models import PlatformAuditEntry

    first, second, other = (
        migrate("platform-token", "--name", name).stdout.removesuffix("\n") for name in ("shop", "shop", "billing")
    )
    for token in (second, other):
        assert authenticate(token).principal.role == "platform"
        assert authenticate(token).tenant is None
    with pytest.raises(NormalizedError, match="not valid"):
        authenticate(first)
    with acting_for_platform("test"):
        issued = PlatformAuditEntry.objects.filter(action="platform_token.issue", object_label__in=["shop", "billing"])
        entries = list(issued.order_by("id"))
        assert [entry.object_label for entry in entries] == ["shop", "shop", "billing"]
        assert not any(token in str(vars(entry)) for entry in entries for token in (first, second, other))
    refused = migrate("platform-token", "--name", "")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == naming("name", "1", "200", "0")


@pytest.mark.slow
def test_clock_of_the_first_make_goes_away(tmp_path: Path) -> None:
    """The shell's part, where there is no Python environment yet to draw a bar."""
    script = (ROOT / "scripts" / "bootstrap").read_text()
    functions = script[script.index("say()") : script.index("# Whether a command runs")]
    (tmp_path / "steps").write_text(functions + "begin Working\nsleep 1.2\nend\nsay done\n")
    assert screen(on_a_terminal("-c", f"import os; os.execlp('sh', 'sh', {str(tmp_path / 'steps')!r})")) == [
        "Working", "done",
    ]  # fmt: skip
    piped = subprocess.run(["sh", tmp_path / "steps"], check=True, capture_output=True, text=True)
    assert piped.stdout == "Working\ndone\n"
