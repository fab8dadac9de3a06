"""Print the JSON Schema of a configuration file, for editors: ``python scripts/configuration_schema.py``."""

from __future__ import annotations

import json
import sys

from automate.configuration.shape import Configuration
from automate.kernel.shape_checks import json_schema


def main() -> None:
    sys.stdout.write(json.dumps(printed(), indent=2, ensure_ascii=False) + "\n")


def printed() -> dict[str, object]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **json_schema(Configuration),
        "title": "Configuration of a tenant",
    }


if __name__ == "__main__":
    main()
