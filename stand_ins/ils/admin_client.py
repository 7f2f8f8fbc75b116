"""A client of the admin API of a library system's stand-in."""

from typing import Any

from stand_ins.admin_call import AdminCaller


class IlsAdmin(AdminCaller):
    """One method for each admin call. Raises `AdminCallError` for a refusal."""

    def patrons(self, *, after: int = 0, limit: int = 100) -> list[dict[str, Any]]:
        """Return patrons ordered by id, deleted ones too."""
        return list(self.call("GET", f"patrons?after={after:d}&limit={limit:d}")["patrons"])

    def patron(self, record_id: int) -> dict[str, Any]:
        """Return one patron."""
        [found] = self.call("GET", f"patrons?id={record_id:d}")["patrons"]
        return dict(found)

    def patch(self, record_id: int, **how: Any) -> dict[str, Any]:
        """Change one patron: `fields`, `raw`, `absent`, `updated_at`."""
        return self.call("PATCH", "patrons", {"id": record_id, **how})

    def change(self, **how: Any) -> list[int]:
        """Let patrons change: `count` or `share`, `seed`, `fields`; return their ids."""
        return list(self.call("POST", "change", how)["ids"])

    def insert(self, count: int) -> list[int]:
        """Let new patrons be registered; return their ids."""
        return list(self.call("POST", "insert", {"count": count})["ids"])

    def delete(self, **how: Any) -> list[int]:
        """Delete patrons: `ids`, or `count` or `share`, and `seed`; return their ids."""
        return list(self.call("POST", "delete", how)["ids"])

    def end_sessions(self) -> int:
        """Forget everybody who is logged in."""
        return int(self.call("DELETE", "sessions")["ended"])
