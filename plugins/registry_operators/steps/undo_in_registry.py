"""Take back what a push wrote about one person in the registry (spec X7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from registry_operators.clients.registry_messages import Answer, RegistryPatron, RegistryUpload
from registry_operators.domain.keys import fingerprint, pin_fingerprint
from registry_operators.domain.reasons import Reason
from registry_operators.errors import LoginRefusedError, RefusedError, UnavailableError
from registry_operators.ledger.journal_vault import JournalVault
from registry_operators.ledger.pin_vault import PinVault
from registry_operators.ledger.writer import Fence
from registry_operators.steps.ask_registry import RegistryDesk
from registry_operators.steps.ports import RegistryPort, Secrets

_CARD_REFUSALS = {
    Answer.CARD_IN_USE: Reason.CARD_IN_USE,
    Answer.NUMBER_NOT_RESERVED: Reason.NUMBER_NOT_RESERVED,
}
_GIVE_UP_AFTER = 5
Settled = tuple[str, Reason | None]


class Taken(NamedTuple):
    """
    What became of one change.

    :param state: ``reversed``, ``kept`` or ``failed``, as in ``patron_sync.undo_change``.
    """

    record_no: int
    field: str
    state: str
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class AllowedNow:
    """Asks the ledger in the moment before a call that writes."""

    fence: Fence

    def __call__(self, row: Any) -> bool:
        """
        Say whether the patron still consents.

        :raises StaleWriterError: Another run has begun to write.
        """
        (now,) = self.fence.ledger.rows(
            "push/check_sending",
            run_id=self.fence.run_id,
            token=self.fence.token,
            patron_id=row.patron_id,
            is_removal=False,
        )
        if not now.is_writer:
            self.fence.check()
        return bool(now.has_consent)


@dataclass(slots=True)
class RegistryUndo:
    """
    Works as one library; safe to use from several threads.

    A value goes back only where the registry still holds what the run wrote. After a call whose
    answer was lost, a value that is back already counts as reversed.

    :param may_send: Asked right before the first call that writes; ``None`` for a dry run, which
        asks the registry and writes nothing.
    """

    registry: RegistryPort
    secrets: Secrets
    may_send: Callable[[Any], bool] | None
    _desk: RegistryDesk = field(init=False)
    _unanswered: int = 0

    def __post_init__(self) -> None:
        """Ask through one desk, which counts answers that cannot be used."""
        self._desk = RegistryDesk(self.registry)

    def take_back(self, changes: Sequence[Any]) -> list[Taken]:
        """
        Take back one record's rows of ``undo/list_records``.

        :return: One entry for each row.
        :raises LoginRefusedError: The library may not log in; no other call would succeed.
        :raises StaleWriterError: Another run has begun to write.
        """
        if self._unanswered >= _GIVE_UP_AFTER:
            return _all(changes, "failed", Reason.UNAVAILABLE)
        try:
            taken = self._take_back(changes)
        except LoginRefusedError:
            raise
        except UnavailableError:
            self._unanswered += 1
            return _all(changes, "failed", Reason.UNAVAILABLE)
        except RefusedError:
            return _all(changes, "failed", Reason.REFUSED)
        self._unanswered = 0
        return taken

    def _take_back(self, changes: Sequence[Any]) -> list[Taken]:
        match self._desk.ask(changes[0].national_id):
            case None:
                return _all(changes, "kept", Reason.NOT_IN_REGISTRY)
            case Reason() as failure:
                return _all(changes, "failed", failure)
            case found:
                settled = {row.field: self._judge(row, found) for row in changes}
        due = [row for row in changes if settled[row.field] is None]
        if due:
            if self.may_send is not None and not self.may_send(changes[0]):
                return _all(changes, "kept", Reason.CONSENT_WITHDRAWN)
            settled |= self._send(due, found)
        return [Taken(row.record_no, row.field, *(settled[row.field] or ())) for row in changes]

    def _judge(self, row: Any, found: RegistryPatron) -> Settled | None:
        """Return what is certain without a call; ``None`` where the old value is to be sent."""
        if row.field == "relation":
            return None
        held = self._held(row, found)
        if held == bytes(row.new_fingerprint):
            return None if self._old(row) is not None else ("kept", Reason.OLD_VALUE_UNKNOWN)
        if row.was_sent and held == bytes(row.old_fingerprint):
            return "reversed", None
        return "kept", Reason.TARGET_CHANGED

    def _held(self, row: Any, found: RegistryPatron) -> bytes | None:
        person, keys = bytes(row.person_key), self.secrets.keys
        if row.field == "card":
            return fingerprint(person, "card", found.card_number, keys)
        pin = self.secrets.cipher.decrypt(found.encrypted_pin) if found.encrypted_pin else None
        return None if pin is None else pin_fingerprint(person, pin, keys)

    def _old(self, row: Any) -> str | None:
        """Return the old value in the form in which it is sent."""
        person, sealed = bytes(row.person_key), bytes(row.old_value)
        if row.field == "card":
            return JournalVault(self.secrets.keys).open(person, "card", sealed)
        pin = PinVault(self.secrets.keys).open(person, sealed)
        return None if pin is None else self.secrets.cipher.encrypt(pin)

    def _send(self, due: Sequence[Any], found: RegistryPatron) -> dict[str, Settled]:
        """Put values back and relate again in one call, and then remove a relation."""
        rows = {row.field: row for row in due}
        relation = rows.get("relation")
        if self.may_send is None:
            return dict.fromkeys(rows, ("reversed", None))
        settled: dict[str, Settled] = {}
        values = {field: self._old(row) for field, row in rows.items() if field != "relation"}
        relates = relation is not None and relation.action == "remove"
        if values or relates:
            fields = [*values, *(["relation"] if relates else [])]
            settled |= self._update(due[0].national_id, found.card_number, fields, values)
        if relation is not None and not relates:
            is_back = settled.get("card") == ("reversed", None)
            address = values.get("card") if is_back else None
            settled["relation"] = self._remove(relation, address or found.card_number)
        return settled

    def _update(
        self,
        national_id: str,
        address: str,
        fields: Sequence[str],
        values: dict[str, str | None],
    ) -> dict[str, Settled]:
        upload = RegistryUpload(
            national_id, card_number=values.get("card"), encrypted_pin=values.get("pin")
        )
        answer = self.registry.update(address, upload)
        settled: dict[str, Settled] = {}
        if answer in _CARD_REFUSALS and upload.card_number:
            # The PIN does not depend on a number that the registry refuses by now.
            settled["card"] = ("failed", _CARD_REFUSALS[answer])
            if len(fields) == 1:
                return settled
            answer = self.registry.update(address, replace(upload, card_number=None))
        return dict.fromkeys(fields, _outcome(answer)) | settled

    def _remove(self, relation: Any, address: str) -> Settled:
        answer = self.registry.remove_relation(address)
        if answer is Answer.NOT_RELATED and relation.was_sent:
            return "reversed", None
        return _outcome(answer)


def _outcome(answer: Answer) -> Settled:
    match answer:
        case Answer.DONE:
            return "reversed", None
        case Answer.NOT_FOUND | Answer.NOT_RELATED | Answer.OTHER_PERSON:
            return "kept", Reason.TARGET_CHANGED
        case _:
            return "failed", Reason.REFUSED


def _all(changes: Sequence[Any], state: str, reason: Reason) -> list[Taken]:
    return [Taken(row.record_no, row.field, state, reason) for row in changes]
