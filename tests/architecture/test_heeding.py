"""Programs that tests start hear Ctrl-C and a hangup, also where the tests run in the background or under ``nohup``."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.tree import ROOT

DEAF = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); signal.signal(signal.SIGINT, signal.SIG_IGN)"
HEED = "from tests.support.heeding import heed_signals; heed_signals()"
START = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]], check=True)"
SHOW = "import signal; print([signal.getsignal(one) is signal.SIG_IGN for one in (signal.SIGHUP, signal.SIGINT)])"


@pytest.mark.parametrize(("prepared", "ignores"), [(HEED, False), ("", True)], ids=["heeding", "the sabotaged twin"])
def test_programs_hear_what_the_session_was_told_to_ignore(prepared: str, *, ignores: bool) -> None:
    session = [sys.executable, "-c", f"{DEAF}\n{prepared}\n{START}", SHOW]
    done = subprocess.run(session, check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == str([ignores, ignores])
