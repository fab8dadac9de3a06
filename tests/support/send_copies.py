"""A process that sends one webhook many times at once, when a line comes in on stdin; prints what was answered as JSON.

Arguments: the URL, the key, the number of copies.
"""

from __future__ import annotations

import json
import sys

import django

if __name__ == "__main__":
    django.setup()

    from django.test import Client

    from tests.support.racing import race

    url, key, copies = sys.argv[1], sys.argv[2], int(sys.argv[3])

    def send(_number: int) -> dict[str, str]:
        body = b'{"type": "order.created", "n": 1}'
        return Client().post(url, data=body, content_type="application/json", headers={"webhook-id": key}).json()

    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(race(copies, send)), flush=True)
