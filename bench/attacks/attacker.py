"""One attack in its own process: ``python -m bench.attacks.attacker NAME``.

The first line of stdin is the system as JSON. The process prints ``begun``, attacks until stdin ends, and prints the
received answers as one JSON object.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Mapping

from bench.attacks import connections, documents, floods

ATTACKS: Mapping[str, floods.Attack] = {
    "introspection": floods.graphql(documents.introspection),
    "validateWorkflow": floods.graphql(documents.validation),
    "publishWorkflow": floods.publishing_under_lock,
    "overlapping-fields": floods.graphql(documents.overlapping),
    "long-list": floods.graphql(documents.long_list),
    "listing": floods.graphql(documents.listing),
    "headers": connections.endless_headers,
    "silent": connections.silent_connections,
    "sockets": connections.many_sockets,
    "wrong-signatures": floods.webhooks(signed=False),
    "right-signatures": floods.webhooks(signed=True),
}
NICENESS = 10
"""A real attacker has another machine. Here it uses the system's processor time, so it yields."""
END_SECONDS = 10.0


def main() -> None:
    os.nice(NICENESS)
    system = json.loads(sys.stdin.readline())
    stop, answers = threading.Event(), Counter[str]()
    attack = threading.Thread(target=ATTACKS[sys.argv[1]], args=(system, stop, answers), daemon=True)
    attack.start()
    print("begun", flush=True)
    sys.stdin.read()
    stop.set()
    attack.join(END_SECONDS)
    print(json.dumps(dict(answers.most_common())), flush=True)
    # Threads may still wait for answers.
    os._exit(0)


if __name__ == "__main__":
    main()
