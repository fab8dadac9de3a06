"""One attack in a process of its own: ``python -m bench.attacks.attacker NAME``, the system as JSON on the first line of stdin.

It prints ``begun``, attacks until stdin ends, and prints the answers that it got as one JSON object.
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
"""The attacker's machine is another one. Here its processor time is taken from the system, so it yields."""
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
    # Threads may still wait for an answer.
    os._exit(0)


if __name__ == "__main__":
    main()
