"""Make ``docs/reference/configuration.schema.json``, for editors: ``make reference`` writes it."""

from __future__ import annotations

import json

from automate.configuration.shape import Configuration
from automate.kernel.shape_checks import json_schema


def page() -> str:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **json_schema(Configuration),
        "title": "Configuration of a tenant",
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
