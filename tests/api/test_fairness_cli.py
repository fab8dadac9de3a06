"""``automate fairness``, through the API of a real server."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from automate.cli.app import app
from automate.kernel.errors import NormalizedError
from tests.api.test_fairness import done
from tests.support.api import Api
from tests.support.facts import naming
from tests.support.plane import Plane


def test_shares_are_shown_largest_first(web: str, plane: Plane, platform: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOMATE_URL", f"http://{web}")
    monkeypatch.setenv("AUTOMATE_TOKEN", platform.token)
    done(plane, 100, slowest=2.0)
    found = CliRunner().invoke(app, ["fairness", "--most", "1000"])
    assert found.exit_code == 0, found.output or found.exception
    rows = [line.split() for line in found.stdout.splitlines()]
    shares = [float(row[2].rstrip("%")) for row in rows[1:]]
    assert shares == sorted(shares, reverse=True)
    (mine,) = [row for row in rows if row[0] == plane.tenant.slug]
    assert (mine[1], mine[3], mine[4], mine[5]) == ("1", "100", "1,900", "ms")


def test_it_says_which_token_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUTOMATE_TOKEN", raising=False)
    found = CliRunner().invoke(app, ["fairness"])
    assert isinstance(found.exception, NormalizedError)
    assert found.exception.message == naming("automate platform-token")
