"""Send one planned record to the registry and say what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from registry_operators.clients.registry_messages import Answer, RegistryPatron, RegistryUpload
from registry_operators.domain.reasons import Reason
from registry_operators.errors import LoginRefusedError, RefusedError, UnavailableError
from registry_operators.ledger.pin_vault import PinVault
from registry_operators.steps.ports import RegistryPort, Secrets

_REASONS = {
    Answer.ALREADY_IN_REGISTRY: Reason.ALREADY_IN_REGISTRY,
    Answer.CARD_IN_USE: Reason.CARD_IN_USE,
    Answer.NUMBER_NOT_RESERVED: Reason.NUMBER_NOT_RESERVED,
    Answer.OTHER_PERSON: Reason.OTHER_PERSONS_CARD,
}


class Sent(NamedTuple):
    """
    What became of one planned field of a record.

    :param state: ``confirmed``, ``failed`` or ``dropped``, as in ``patron_sync.plan``.
    """

    record_no: int
    field: str
    state: str
    reason: Reason | None = None


class _Result(NamedTuple):
    """An answer, and the fields that had to be left out of the call with the reason."""

    answer: Answer
    left_out: dict[str, Reason] = {}  # noqa: RUF012  never changed


_CARD_REFUSALS = {Answer.CARD_IN_USE, Answer.NUMBER_NOT_RESERVED}
_GIVE_UP_AFTER = 5


@dataclass(slots=True)
class RecordSender:
    """
    Sends records as one library; safe to use from several threads.

    After five calls in a row without an answer no further call is made: the registry is away,
    and waiting for each record's time-out would take the night.

    :param has_consent_now: Asked in the moment before a record's first call; raises when this run
        may not write any more.
    """

    registry: RegistryPort
    secrets: Secrets
    has_consent_now: Callable[[Any], bool] = lambda _: True
    _unanswered: int = 0

    @property
    def has_given_up(self) -> bool:
        """Say whether the registry is taken to be away."""
        return self._unanswered >= _GIVE_UP_AFTER

    def send(self, row: Any) -> list[Sent]:
        """
        Send a row of ``push/next_records``, unless consent or values have changed since.

        :return: One entry for each planned field.
        :raises LoginRefusedError: The library may not log in; no other call would succeed.
        """
        if (obstacle := self._obstacle(row)) is not None:
            return _all(row, *obstacle)
        try:
            result = self._call(row)
        except LoginRefusedError:
            raise
        except UnavailableError:
            self._unanswered += 1
            return _all(row, "failed", Reason.UNAVAILABLE)
        except RefusedError:
            return _all(row, "failed", Reason.REFUSED)
        if not self.has_given_up:
            self._unanswered = 0
        return _outcome(row, result)

    def _obstacle(self, row: Any) -> tuple[str, Reason] | None:
        """Return state and reason of a row that must not be sent."""
        if not (row.has_consent and self.has_consent_now(row)):
            return "dropped", Reason.CONSENT_WITHDRAWN
        if not row.is_here:
            return "dropped", Reason.PATRON_DELETED
        if row.is_stale:
            return "failed", Reason.CHANGED_SINCE_PLAN
        return ("failed", Reason.UNAVAILABLE) if self.has_given_up else None

    def _call(self, row: Any) -> _Result:
        if row.relation_action == "remove":
            return _Result(self._remove(row.national_id))
        upload = self._upload(row)
        left_out = {}
        if row.sends_pin and upload.encrypted_pin is None:
            left_out["pin"] = Reason.PIN_UNREADABLE
        if row.relation_action == "create":
            return _Result(self._create(row, upload), left_out)
        answer = self._update(row, upload)
        if answer in _CARD_REFUSALS and upload.card_number:
            # The relation and the PIN do not depend on a number that the registry refuses.
            left_out["card"] = _REASONS[answer]
            answer = self._update(row, replace(upload, card_number=None))
        return _Result(answer, left_out)

    def _create(self, row: Any, upload: RegistryUpload) -> Answer:
        """Create, unless an earlier call whose answer was lost has done so already."""
        if row.was_sent and (found := self._find(row.national_id)) is not None:
            return self._take_over(found, upload)
        answer = self.registry.create(upload)
        if answer in {Answer.ALREADY_IN_REGISTRY, Answer.CARD_IN_USE}:
            # Perhaps by an earlier call of ours that came through late.
            found = self._find(row.national_id)
            return answer if found is None else self._take_over(found, upload)
        return answer

    def _take_over(self, found: RegistryPatron, upload: RegistryUpload) -> Answer:
        """Confirm a record that is ours; leave one that others made to the next look-up."""
        if found.card_number != upload.card_number:
            return Answer.ALREADY_IN_REGISTRY
        return self.registry.update(found.card_number, upload)

    def _update(self, row: Any, upload: RegistryUpload) -> Answer:
        """Update under the known number; when that is gone, ask which number is right today."""
        if row.registry_card_number:
            answer = self.registry.update(row.registry_card_number, upload)
            if answer not in {Answer.NOT_FOUND, Answer.OTHER_PERSON}:
                return answer
        found = self._find(row.national_id)
        return (
            Answer.NOT_FOUND if found is None else self.registry.update(found.card_number, upload)
        )

    def _remove(self, national_id: str) -> Answer:
        found = self._find(national_id)
        if found is None:
            return Answer.DONE
        answer = self.registry.remove_relation(found.card_number)
        is_gone = answer in {Answer.NOT_RELATED, Answer.NOT_FOUND}
        return Answer.DONE if is_gone else answer

    def _find(self, national_id: str) -> RegistryPatron | None:
        found = self.registry.find(national_id)
        if len(found) > 1:
            raise RefusedError("the registry has several records of one person")
        return found[0] if found else None

    def _upload(self, row: Any) -> RegistryUpload:
        """Build what is sent; a PIN that cannot be decrypted stays out of it."""
        pin = None
        if row.sends_pin:
            pin = PinVault(self.secrets.keys).open(bytes(row.person_key), bytes(row.pin_encrypted))
        is_new = row.relation_action == "create"
        return RegistryUpload(
            national_id=row.national_id,
            card_number=row.card_number if row.sends_card else None,
            name=f"{row.surname}, {row.first_name}" if is_new else None,
            encrypted_pin=None if pin is None else self.secrets.cipher.encrypt(pin),
        )


def _outcome(row: Any, result: _Result) -> list[Sent]:
    match result.answer:
        case Answer.DONE:
            sent = _all(row, "confirmed")
        case Answer.NOT_FOUND:
            sent = _all(row, "dropped", Reason.NOT_IN_REGISTRY)
        case _:
            sent = _all(row, "failed", _REASONS.get(result.answer, Reason.REFUSED))
    return [
        one._replace(state="failed", reason=result.left_out[one.field])
        if one.field in result.left_out
        else one
        for one in sent
    ]


def _all(row: Any, state: str, reason: Reason | None = None) -> list[Sent]:
    fields = {
        "relation": row.relation_action is not None,
        "card": row.sends_card,
        "pin": row.sends_pin,
    }
    return [Sent(row.record_no, field, state, reason) for field, sends in fields.items() if sends]
