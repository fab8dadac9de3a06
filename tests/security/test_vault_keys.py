"""The key pair of tenants' secrets: which halves belong together, and which process is given which."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from automate.cli.app import app
from automate.devserver.vault_keys import environ_for
from automate.vault.keys import PRIVATE, PUBLIC, new_pair, public_of, vault_keys
from tests.support.facts import naming

PROCESSES = ("web", "relay", "worker", "scheduler", "migrate")


def test_first_private_key_seals_and_all_open() -> None:
    (_, first), (_, second) = new_pair("k1"), new_pair("k2")
    keys = vault_keys("", [second, first])
    assert (keys.public_id, list(keys.private)) == ("k2", ["k2", "k1"])
    assert vault_keys(public_of(first), [second, first]).public_id == "k1"


@pytest.mark.parametrize("other_id", ["k1", "k2"])
def test_public_key_of_another_pair_is_refused_where_workers_would_not_open(other_id: str) -> None:
    (_, mine), (other, _) = new_pair("k1"), new_pair(other_id)
    with pytest.raises(ValueError, match=PRIVATE) as refusal:
        vault_keys(other, [mine])
    assert str(refusal.value) == naming(PUBLIC, other_id, PRIVATE, other_id, other_id, PRIVATE)


def test_installation_makes_a_pair_once_and_gives_workers_alone_the_private_half(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    own = {"AUTOMATE_SECRET_ACME__KEY": "value", "AUTOMATE_SECRET_KEY": "signs"}
    given = {process: environ_for(tmp_path, own, process) for process in PROCESSES}
    assert {process for process, environ in given.items() if PRIVATE in environ} == {"worker"}
    assert {process for process, environ in given.items() if "AUTOMATE_SECRET_ACME__KEY" in environ} == {"worker"}
    assert {environ[PUBLIC] for environ in given.values()} == {public_of(given["worker"][PRIVATE])}
    assert {environ["AUTOMATE_SECRET_KEY"] for environ in given.values()} == {"signs"}
    assert environ_for(tmp_path, own, "worker") == given["worker"]
    assert (tmp_path / "secrets" / "vault_private_key").stat().st_mode & 0o777 == 0o600


def test_keys_of_the_environment_are_used_unchanged(tmp_path: Path) -> None:
    public, private = new_pair("k7")
    assert environ_for(tmp_path, {PRIVATE: private}, "web") == {PUBLIC: public}
    assert environ_for(tmp_path, {PUBLIC: public}, "web") == {PUBLIC: public}
    assert list(tmp_path.iterdir()) == []


def test_command_prints_a_pair_that_the_settings_take() -> None:
    said = CliRunner().invoke(app, ["vault", "new-key", "k2"])
    made = dict(line.split("=", 1) for line in said.stdout.splitlines())
    assert vault_keys(made[PUBLIC], [made[PRIVATE]]).public_id == "k2"
    assert CliRunner().invoke(app, ["vault", "new-key", "2 k"]).exit_code == 1
