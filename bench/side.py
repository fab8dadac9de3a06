"""One side of ``make bench-pair``: a system of this checkout, measured on request by this checkout's own bench code.

Requests and answers are JSON objects, one a line, on stdin and stdout. The protocol stays the same between versions:

==============================  ========================================================================
answer without a request        ``{"protocol": 1, "python", "prefix", "commit", "imports": {}, "lines": []}``
``{"prepare": [load, …]}``      starts the system, takes each load once: ``{"prepared": true}``
``{"measure": load}``           ``{"figures": {line: value, …}}``
end of stdin                    stops the system and exits
==============================  ========================================================================

A failed measurement ends the process; its traceback goes to stderr.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib.util import find_spec
from typing import Any, TextIO

from bench.lines import LINES
from bench.stopping import signals_raise_exit
from bench.system import running_system, set_up_django

PROTOCOL = 1
PACKAGES = ("automate", "tenants", "graphql_schema", "actors", "bench")


def hello() -> dict[str, Any]:
    """The code that this process and its children import, by path and commit, and the lines that it can measure."""
    imports = {name: _folders(name) for name in PACKAGES}
    command = ["git", "-C", imports["automate"][0], "rev-parse", "HEAD"]
    commit = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    return {
        "protocol": PROTOCOL,
        "python": platform.python_version(),
        "prefix": sys.prefix,
        "commit": commit,
        "imports": imports,
        "lines": [asdict(line) for line in LINES],
    }


def _folders(package: str) -> list[str]:
    spec = find_spec(package)
    assert spec is not None, f"{package} cannot be imported"
    return list(dict.fromkeys(spec.submodule_search_locations or []))


def serve(requests: Iterator[str], answers: TextIO) -> None:
    def answer(given: dict[str, Any]) -> None:
        print(json.dumps(given), file=answers, flush=True)

    answer(hello())
    if (first := next(requests, None)) is None:
        return
    with running_system() as system:
        # Reads are measured as fast as web answers them, not as fast as one tenant may ask.
        system.environ["AUTOMATE_API_POINTS_PER_SECOND"] = "10000000"
        set_up_django(system)
        # Models cannot be imported before Django is ready.
        loads = importlib.import_module("bench.loads")
        with loads.staged(system) as stage:
            for load in json.loads(first)["prepare"]:
                loads.LOADS[load](stage)
            answer({"prepared": True})
            for request in requests:
                answer({"figures": loads.LOADS[json.loads(request)["measure"]](stage)})


def main() -> None:
    """Reserve the two pipes of the protocol for this process: no output of a library or a child may mix with the
    answers."""
    with os.fdopen(os.dup(0)) as requests, os.fdopen(os.dup(1), "w") as answers:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        with signals_raise_exit():
            serve(iter(requests), answers)


if __name__ == "__main__":
    main()
