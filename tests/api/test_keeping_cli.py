"""``automate retention`` and ``automate tenant``, through the API of a real server."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from automate.cli import tenant as commands
from automate.cli.app import app
from automate.client.archives import checked
from automate.kernel.errors import NormalizedError
from tests.api.test_export_memory import server_of
from tests.support.api import Api
from tests.support.facts import naming
from tests.support.plane import Plane

Command = Callable[..., Any]
NOTE = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]


@pytest.fixture
def command(web: str, tenant: Any, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command as the tenant's owner, or with another token."""
    monkeypatch.setenv("AUTOMATE_URL", f"http://{web}")

    def run(*words: str, token: str = "") -> Any:
        monkeypatch.setenv("AUTOMATE_TOKEN", token or tenant.token)
        return CliRunner().invoke(app, list(words))

    return run


def cells(result: Any, name: str) -> str:
    assert result.exit_code == 0, result.output or result.exception
    (found,) = [" ".join(one.split()) for one in result.stdout.splitlines() if one.startswith(name)]
    return found


def test_platform_holds_and_releases_from_the_shell(command: Command, plane: Plane, platform: Api) -> None:
    slug = plane.tenant.slug
    held = command("retention", "hold", slug, "runs", "--reason", "court case 7", token=platform.token)
    assert cells(held, "runs") == "runs for ever plan: 90 days held: court case 7"
    assert cells(command("retention", "show"), "runs").endswith("held: court case 7")
    assert "held" not in cells(command("retention", "show"), "deliveries")
    released = command("retention", "release", slug, token=platform.token)
    assert cells(released, "runs") == "runs 90 days plan: 90 days"


def test_hold_without_a_token_says_which_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUTOMATE_TOKEN", raising=False)
    found = CliRunner().invoke(app, ["retention", "hold", "acme", "--reason", "x"])
    assert isinstance(found.exception, NormalizedError)
    assert found.exception.message == naming("automate platform-token")


def test_export_is_a_file_that_is_whole(command: Command, plane: Plane, tmp_path: Path) -> None:
    plane.publish("one", NOTE)
    plane.send({"n": 1})
    plane.drain()
    file = tmp_path / "acme.tar"
    found = command("tenant", "export", str(file), "--reason", "we move")
    assert found.exit_code == 0, found.output
    assert found.stdout.endswith("whole\n")
    assert [one.name for one in tmp_path.iterdir()] == ["acme.tar"]
    with tarfile.open(file) as archive:
        manifest = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
    assert manifest["tables"]["execution_run"]["rows"] == 1
    again = command("tenant", "export", str(file), "--reason", "we move")
    assert isinstance(again.exception, NormalizedError)
    assert again.exception.message == naming("exists")


def test_export_that_broke_off_leaves_no_file(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = commands.download

    def cut(url: str, token: str, file: Path) -> None:
        whole(url, token, file)
        file.write_bytes(file.read_bytes()[:-4_096])

    monkeypatch.setattr(commands, "download", cut)
    found = command("tenant", "export", str(tmp_path / "acme.tar"), "--reason", "x")
    assert isinstance(found.exception, NormalizedError)
    assert found.exception.message == naming("not complete")
    assert list(tmp_path.iterdir()) == []


def test_table_that_was_changed_is_found_out(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "acme.tar"
    command("tenant", "export", str(file), "--reason", "x")
    content = file.read_bytes()
    file.write_bytes(content.replace(b'"tenant.export"', b'"tenant.expert"'))
    with pytest.raises(NormalizedError, match=r"audit_entry differs"):
        checked(file)


def test_download_writes_no_file_of_the_server(command: Command, web: str, plane: Plane, tmp_path: Path) -> None:
    server = server_of(web)
    before = {one.path for one in server.open_files()}
    written = server.io_counters().write_bytes
    plane.publish("one", NOTE)
    plane.send(*({"text": "x" * 50_000} for _ in range(40)))
    plane.drain()
    file = tmp_path / "acme.tar"
    command("tenant", "export", str(file), "--reason", "x")
    assert file.stat().st_size > 2_000_000
    assert {one.path for one in server.open_files()} <= before
    assert server.io_counters().write_bytes - written < 1_000_000


def test_tenant_is_deleted_exported_and_kept_from_the_shell(
    command: Command, plane: Plane, platform: Api, tmp_path: Path
) -> None:
    slug = plane.tenant.slug
    other = command("tenant", "delete", "other", "--reason", "we leave")
    assert isinstance(other.exception, NormalizedError)
    assert "suspended" in cells(command("tenant", "delete", slug, "--reason", "we leave"), slug)
    assert plane.root.rows("SELECT count(*) FROM public.tenant_deletion WHERE tenant_id = %s", plane.tenant.id) == [
        (1,)
    ]
    exported = command("tenant", "export", str(tmp_path / "acme.tar"), "--reason", "before we leave")
    assert exported.exit_code == 0, "owners take their data along meanwhile"
    assert command("tenant", "keep").exit_code == 0
    token = platform.token
    assert "suspended" in cells(command("tenant", "delete", slug, "--reason", "x", "--platform", token=token), slug)
    assert command("tenant", "keep", slug, "--platform", token=token).exit_code == 0
    assert plane.root.rows("SELECT count(*) FROM public.tenant_deletion WHERE tenant_id = %s", plane.tenant.id) == [
        (0,)
    ]
