"""Node of the portal's build serves the generators of clients too."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import node


def test_node_of_the_portals_build_is_the_last_resort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, version in (("new", node.OLDEST), ("old", node.OLDEST - 1)):
        (tmp_path / name).write_text(f"#!/bin/sh\necho v{version}.1.0\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(node.importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(node, "OF_PORTAL", tmp_path / "new")
    for on_path in (None, str(tmp_path / "old")):
        monkeypatch.setattr(node.shutil, "which", lambda _name, found=on_path: found)
        assert node.node() == tmp_path / "new"
    monkeypatch.setattr(node, "OF_PORTAL", tmp_path / "old")
    assert node.node() is None


def test_packages_are_installed_with_the_portals_node_if_there_is_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = tmp_path / "called"
    made = tmp_path / "bin" / "node"
    made.parent.mkdir()
    made.write_text(f'#!/bin/sh\nprintf "%s " "$@" >"{called}"\n')
    made.chmod(0o755)
    npm = tmp_path / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    npm.parent.mkdir(parents=True)
    npm.touch()
    monkeypatch.setattr(node, "node", lambda: None)
    monkeypatch.setattr(node, "node_of_wheel", lambda: [made, npm])
    assert node.npm_install(tmp_path)
    assert called.read_text().split()[:4] == [str(npm), "install", "--prefix", str(tmp_path)]
