"""A process of the platform with the soak's connectors: ``python -m soak.process KIND [MISCHIEF]``.

MISCHIEF: a sabotage of ``tests.support.sabotage``, which runs in the place of the process.
"""

from __future__ import annotations

import sys

from soak.connectors import register

# A worker's quarantine is a child that imports this module again.
register()

if __name__ == "__main__":
    _, kind, *mischief = sys.argv
    if mischief:
        from tests.support.sabotage import MISCHIEF

        MISCHIEF[mischief[0]]()
    else:
        from automate.cli import main

        main()
