"""Writes the OpenAPI document of the REST API: ``python -m rest_api``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import django

FILE = Path(__file__).parent / "openapi.json"
EXAMPLES = FILE.with_name("examples.json")
"""A real answer of each GET operation, and values of its parameters. A test compares the answers with the server's."""


def printed() -> str:
    """Return the OpenAPI document as text."""
    from rest_api.openapi import document  # noqa: PLC0415 - needs Django's apps first

    return json.dumps(document(json.loads(EXAMPLES.read_text())), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
    os.environ.setdefault("AUTOMATE_SECRET_KEY", "printing signs nothing, and seals nothing")
    django.setup()
    FILE.write_text(printed())
