"""A process of the platform that knows the soak's connectors: ``python -m soak.process KIND [MISCHIEF]``.

MISCHIEF: of ``tests.support.sabotage``; it is run in the place of the process.
"""

from __future__ import annotations

import sys

from soak.connectors import register

# A worker's quarantine is a child that imports this module anew.
register()

if __name__ == "__main__":
    _, kind, *mischief = sys.argv
    if mischief:
        from tests.support.sabotage import MISCHIEF

        MISCHIEF[mischief[0]]()
    else:
        from automate.cli import main

        main()
