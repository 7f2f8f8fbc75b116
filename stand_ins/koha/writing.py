"""Adding, replacing and deleting patrons, as programs that load patrons do."""

import json
from typing import Any

from stand_ins.asgi import Reply
from stand_ins.ils.calls import Call
from stand_ins.ils.population import Population
from stand_ins.koha.fields import COLUMNS, READ_ONLY
from stand_ins.koha.parameters import BadCallError
from stand_ins.koha.query_tree import All, Compare
from stand_ins.koha.replies import invalid, json_reply
from stand_ins.koha.rows import KohaRows
from stand_ins.koha.search import Search

_REQUIRED = ("surname", "library_id", "category_id")
_UNIQUE = ("cardnumber", "userid")


class Writer:
    """Writes over the invented patrons; nothing outlives the process."""

    def __init__(self, population: Population, rows: KohaRows, search: Search) -> None:
        self._people = population
        self._rows = rows
        self._search = search

    def create(self, call: Call) -> Reply:
        """Answer 201 with the new row; 400 and 409 as for a change."""
        given = self._checked(call, None)
        [index] = self._people.insert(1)
        kept = ("patron_id", "updated_on", "date_enrolled")
        blank = {name: None for name, value in self._row(index).items() if isinstance(value, str)}
        values = {name: value for name, value in blank.items() if name not in kept} | given
        self._write(index, values)
        return json_reply(self._row(index), 201)

    def update(self, call: Call, index: int) -> Reply:
        """Answer 200 with the row as it is now; what is not given stays."""
        self._write(index, self._checked(call, index))
        return json_reply(self._row(index))

    def delete(self, index: int) -> Reply:
        """Answer 204 without a body."""
        self._people.delete([index])
        return Reply(204, b"")

    def _row(self, index: int) -> dict[str, Any]:
        return self._rows.row(self._people.patron(index))

    def _write(self, index: int, values: dict[str, Any]) -> None:
        raw = {name: json.dumps(value) for name, value in values.items()}
        self._people.set(index, {"raw": {**self._people.patron(index).raw, **raw}})

    def _checked(self, call: Call, index: int | None) -> dict[str, Any]:
        """Read the body; raises `BadCallError`."""
        try:
            body = json.loads(call.body)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise BadCallError(invalid("Expected object - got null.", "/body"))
        known = body.keys() & COLUMNS.keys()
        if unknown := sorted(body.keys() - known):
            message = f"Properties not allowed: {', '.join(unknown)}."
            raise BadCallError(invalid(message, "/body"))
        for name in sorted(READ_ONLY & known - {"patron_id"}):
            raise BadCallError(invalid("Read-only.", f"/body/{name}"))
        for name in _REQUIRED:
            if not body.get(name):
                raise BadCallError(invalid("Missing property.", f"/body/{name}"))
        self._refuse_duplicates(body, index)
        body.pop("patron_id", None)
        return body

    def _refuse_duplicates(self, body: dict[str, Any], index: int | None) -> None:
        for name in _UNIQUE:
            value = body.get(name)
            if value is None:
                continue
            query = All((Compare(name, "=", value),))
            if any(one != index for one in self._search.found(query, ())):
                message = f"Duplicate ID: {name}"
                raise BadCallError(json_reply({"error": message, "conflict": name}, 409))
