"""One message about all that has changed: what is wrong now, and what is right again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from registry_operators.domain.alerts import Alert, worst


@dataclass(frozen=True, slots=True)
class Links:
    """
    Where a reader finds more; ``None`` leaves a link out.

    :param airflow: Address of Airflow's pages.
    :param runbook: Address of the runbooks.
    """

    airflow: str | None = None
    runbook: str | None = None

    def of(self, alert: Alert) -> dict[str, str]:
        """Return the links of an alert by their name."""
        found = {}
        if self.airflow:
            found["page"] = self.airflow.rstrip("/") + alert.page
        if self.runbook:
            found["runbook"] = f"{self.runbook}#{alert.code.lower()}"
        return found


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """
    What a channel is told; counts, codes and links, no person.

    :param begun: What is wrong, or is wrong in another way than before.
    :param over: What is right again. Without both it is a test.
    """

    begun: tuple[Alert, ...]
    over: tuple[Alert, ...]
    links: Links = Links()

    @property
    def id(self) -> str:
        """Return 16 hex digits: a message that is sent again has the same."""
        states = [one.id for one in self.begun] + [f"over {one.id}" for one in self.over]
        return hashlib.sha256("|".join(states).encode()).hexdigest()[:16]

    @property
    def subject(self) -> str:
        """
        Return the first thing, and how many more there are.

        >>> from registry_operators.domain.alerts import AlertCode, Level
        >>> quiet = Alert(AlertCode.READ_NOTHING, Level.WARNING, "pull", facts={"runs": 3})
        >>> AlertMessage((quiet,), ()).subject
        '[patron-sync] warning: pull: runs that read nothing: 3'
        """
        if not (self.begun or self.over):
            return "[patron-sync] test: messages arrive here"
        level = worst(self.begun) or "recovered"
        first, *more = (*self.begun, *self.over)
        others = f" (and {len(more)} more)" if more else ""
        return f"[patron-sync] {level}: {first.text}{others}"

    @property
    def body(self) -> str:
        """Return a line for each, with its links below it."""
        lines: list[str] = []
        for heading, alerts in (("Wrong", self.begun), ("Right again", self.over)):
            lines += [f"{heading}:", ""] if alerts else []
            for alert in alerts:
                lines.append(f"* {alert.level} {alert.code}: {alert.text}")
                lines += [f"  {address}" for address in self.links.of(alert).values()]
            lines += [""] if alerts else []
        return "\n".join(lines or ["Nothing is wrong; this is a test.", ""])

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON, with ``status`` ``wrong`` or ``over`` in each alert."""
        return {
            "source": "patron-sync",
            "id": self.id,
            "alerts": [
                {"status": status, **alert.as_dict(), "links": self.links.of(alert)}
                for status, alerts in (("wrong", self.begun), ("over", self.over))
                for alert in alerts
            ],
        }
