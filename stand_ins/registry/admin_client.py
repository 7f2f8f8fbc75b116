"""A client of the admin API, for tests, benchmarks and the demo."""

from collections.abc import Sequence
from typing import Any

from stand_ins.admin_call import AdminCaller, AdminCallError

__all__ = ["AdminCallError", "AdminClient"]


class AdminClient(AdminCaller):
    """
    One method for each admin call.

    "who" is `lnr=`, `national_id=` or `id=`. Raises `AdminCallError` for a refusal.
    """

    def find(self, **who: Any) -> list[dict[str, Any]]:
        """Return everybody it fits: `id`, `is_tombstone`, `fields`, `pin`, `relations`."""
        return list(self.call("POST", "find", who)["persons"])

    def listing(self, after: int = 0, limit: int = 100) -> list[dict[str, Any]]:
        """Return people ordered by id, tombstones included."""
        return list(self.call("GET", f"persons?after={after:d}&limit={limit:d}")["persons"])

    def put(self, fields: dict[str, str | None], **more: Any) -> dict[str, Any]:
        """Create or replace a person; `more` is `pin`, `relations`, `sist_endret`."""
        return self.call("POST", "persons", {"fields": fields, **more})

    def patch(self, fields: dict[str, str | None], **who_and_more: Any) -> dict[str, Any]:
        """Change some fields of one person."""
        return self.call("PATCH", "persons", {"fields": fields, **who_and_more})

    def delete(self, **who: Any) -> dict[str, Any]:
        """Turn one person into a tombstone."""
        return self.call("DELETE", "persons", who)

    def relate(
        self, *, add: Sequence[str] = (), remove: Sequence[str] = (), **who: Any
    ) -> list[str]:
        """Add and remove relations of one person, and return those that result."""
        body = {"add": list(add), "remove": list(remove), **who}
        return list(self.call("POST", "relations", body)["relations"])

    def touch(self, **how: Any) -> int:
        """Mark records as changed: `count` or `fraction`, `fields`, `seed`, `by`."""
        return int(self.call("POST", "touch", how)["touched"])

    def set_password(self, library: str, password: str) -> None:
        """Change the password that a library must send."""
        self.call("PUT", "credentials", {"library": library, "password": password})
