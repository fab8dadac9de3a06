"""The releases that ``tests/upgrades`` keeps: a folder each, with the database and the schemas that the release had."""

from __future__ import annotations

from pathlib import Path

UPGRADES = Path(__file__).parents[1] / "upgrades"


def releases() -> list[Path]:
    """The folders, oldest release first."""
    folders = [path for path in UPGRADES.iterdir() if path.name[0].isdigit()]
    return sorted(folders, key=lambda path: [int(part) for part in path.name.split(".")])
