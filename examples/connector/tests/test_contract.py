"""CreateOrder fulfils the contract of connectors."""

from __future__ import annotations

from actors.sdk.contract import Answer, HttpContract, Provoke, Request, Service
from automate_shop_create_order import CreateOrder


class Twin(Service):
    """The part of the other system that the connector uses: it creates one object for each Idempotency-Key."""

    def answer(self, request: Request) -> Answer:
        if request.method == "GET":
            key = request.path.partition("?key=")[2]
            found = [made for made in self.done if made.idempotency_key == key]
            return Answer(json={"things": [{"id": f"th_{made.json['note']}"} for made in found]})
        super().answer(request)
        return Answer(201, json={"id": f"th_{request.json['note']}"})


class TestCreateOrder(HttpContract):
    connector = CreateOrder
    sample = {"base_url": "https://api.example.com", "token": "$secret:SHOP_TOKEN", "data": {"note": "hello"}}
    service = Twin
    provokes = {"no_id": Provoke(answer=Answer(200, json={"made": True}))}
