"""What the programs of :mod:`benchmarks.data_sync` share; it needs no package of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import orjson
import requests

PAGE_SIZE = 1000
MAPPING = {
    "firstname": "first_name", "surname": "last_name", "email": "email", "phone": "phone",
    "city": "city", "postal_code": "postal_code", "cardnumber": "library_card_number",
    "library_id": "home_library", "category_id": "patron_group", "date_of_birth": "birth_date",
}  # fmt: skip
"""Field of Koha to field of the profile."""


def pages(koha: str) -> Iterator[list[dict[str, Any]]]:
    """Yield all patrons of a Koha, page by page in the order of their ids."""
    session, last = requests.Session(), 0
    answer = session.post(
        f"{koha}/api/v1/oauth/token", timeout=60,
        data={
            "grant_type": "client_credentials",
            "client_id": "demo-client", "client_secret": "demo-secret",
        },
    )  # fmt: skip
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    while True:
        rows = orjson.loads(
            session.get(
                f"{koha}/api/v1/patrons", timeout=120,
                params={
                    "q": json.dumps({"me.patron_id": {">": last}}),
                    "_order_by": "+me.patron_id", "_per_page": str(PAGE_SIZE),
                },
            ).content
        )  # fmt: skip
        if not rows:
            return
        yield rows
        last = rows[-1]["patron_id"]
