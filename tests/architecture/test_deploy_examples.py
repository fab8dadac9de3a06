"""The examples of the deploy page are what they say: units that systemd takes, settings that exist, commands that parse."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from automate.vault.keys import vault_keys
from tests.support.tree import ROOT

EXAMPLES = ROOT / "examples" / "deploy"
UNITS = sorted((EXAMPLES / "systemd").glob("*.service"))
PAGE = (ROOT / "docs" / "deploy.md").read_text()
PROGRAM = "/opt/automate/bin/automate"
ADMIN_ENV = "EnvironmentFile=/etc/automate/admin.env"
SETTING = re.compile(r"^([A-Z_]+)=", re.MULTILINE)


def unit(path: Path) -> dict[str, str]:
    """The last value of each key."""
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if re.match(r"[A-Z]\w*=", line))


def test_each_process_has_a_unit() -> None:
    commands = {path.name: unit(path)["ExecStart"].removeprefix(f"{PROGRAM} ") for path in UNITS}
    assert commands == {
        "automate-migrate.service": "migrate",
        "automate-relay.service": "relay",
        "automate-scheduler.service": "scheduler",
        "automate-web.service": "web",
        "automate-worker@.service": "worker",
    }


def test_owner_s_login_is_read_by_those_who_make_tables() -> None:
    assert {path.name for path in UNITS if ADMIN_ENV in path.read_text()} == {
        "automate-migrate.service",
        "automate-scheduler.service",
    }


def test_login_of_a_process_is_read_by_that_process() -> None:
    for login, units in {
        "web": {"automate-web.service"},
        "relay": {"automate-relay.service"},
        "worker": {"automate-worker@.service", "automate-scheduler.service"},
    }.items():
        line = f"EnvironmentFile=/etc/automate/{login}.env"
        assert {path.name for path in UNITS if line in path.read_text()} == units
        given = SETTING.findall((EXAMPLES / f"{login}.env").read_text())
        assert given == [f"AUTOMATE_{login.upper()}_DATABASE_URL"]


def test_secrets_of_tenants_are_read_by_those_who_use_them() -> None:
    for file in ("tenant-secrets.env", "vault.env"):
        assert {path.name for path in UNITS if file in path.read_text()} == {"automate-worker@.service"}
    assert SETTING.findall((EXAMPLES / "vault.env").read_text()) == ["AUTOMATE_VAULT_PRIVATE_KEYS"]


def test_containers_that_use_no_secret_are_given_none() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    files = {name: [one["path"] for one in service.get("env_file", [])] for name, service in services.items()}
    assert [name for name, paths in files.items() if "tenant-secrets.env" in paths] == ["worker"]
    held = [
        name for name, service in services.items() if "AUTOMATE_VAULT_PRIVATE_KEYS" in service.get("environment", {})
    ]
    assert held == ["worker"]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed here")
def test_head_of_compose_makes_keys_that_belong_together(tmp_path: Path) -> None:
    lines = (ROOT / "compose.yaml").read_text().splitlines()
    begin = next(place for place, line in enumerate(lines) if line.startswith("#   for name in"))
    end = next(place for place, line in enumerate(lines) if line.startswith("# (letters and digits"))
    script = "\n".join(line.removeprefix("#") for line in lines[begin:end])
    subprocess.run(["sh", "-euc", script], cwd=tmp_path, check=True, capture_output=True)
    made = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text().splitlines())
    keys = vault_keys(made["AUTOMATE_VAULT_PUBLIC_KEY"], [made["AUTOMATE_VAULT_PRIVATE_KEYS"]])
    assert (keys.public_id, list(keys.private)) == ("k1", ["k1"])
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


def test_units_wait_as_long_for_a_stop_as_compose() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    for name in ("web", "relay", "worker", "scheduler"):
        (path,) = (EXAMPLES / "systemd").glob(f"automate-{name}*.service")
        assert unit(path)["TimeoutStopSec"] == compose[name]["stop_grace_period"]


def test_systemd_watches_each_process_and_starts_it_again() -> None:
    for path in UNITS:
        keys = unit(path)
        if keys["Type"] != "oneshot":
            watched = {name: keys.get(name) for name in ("Type", "NotifyAccess", "WatchdogSec", "Restart")}
            assert watched == {"Type": "notify", "NotifyAccess": "main", "WatchdogSec": "60s", "Restart": "always"}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for path in (EXAMPLES / "systemd").iterdir():
        (tmp_path / path.name).write_text(path.read_text().replace(PROGRAM, shutil.which("true") or ""))
    files = sorted(tmp_path.iterdir())
    done = subprocess.run(["systemd-analyze", "verify", *files], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if "automate" in line] == []  # of other units we know nothing
    files[0].write_text(files[0].read_text().replace("[Service]", "[Service]\nRestrat=always"))
    twin = subprocess.run(["systemd-analyze", "verify", *files], check=False, capture_output=True, text=True)
    assert "Restrat" in twin.stderr


def test_settings_are_those_of_the_page() -> None:
    known = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE))
    for name in ("automate.env", "admin.env", "web.env", "relay.env", "worker.env"):
        given = set(SETTING.findall((EXAMPLES / name).read_text()))
        assert given
        assert given <= known
    assert set(SETTING.findall((EXAMPLES / "admin.env").read_text())) == {"AUTOMATE_ADMIN_DATABASE_URL"}


def test_commands_of_the_page_parse() -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) > 8
    for block in blocks:
        subprocess.run(["sh", "-n", "-c", block], check=True)


def test_page_names_each_unit_and_example() -> None:
    for path in EXAMPLES.glob("*.*"):
        assert path.name in PAGE
    assert "Caddyfile" in PAGE
    for name in re.findall(r"automate-[a-z]+", " ".join(path.name for path in UNITS)):
        assert name in PAGE
