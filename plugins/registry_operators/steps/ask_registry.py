"""Ask the registry about one person, so that an answer that cannot be used fails only that one."""

from __future__ import annotations

from dataclasses import dataclass

from registry_operators.clients.registry_messages import RegistryPatron
from registry_operators.domain.national_id import normalise_national_id
from registry_operators.domain.reasons import Reason
from registry_operators.errors import LoginRefusedError, MalformedAnswerError, RefusedError
from registry_operators.steps.ports import RegistryPort

_GIVE_UP_AFTER = 5


@dataclass(slots=True)
class RegistryDesk:
    """
    Asks as one library; safe to use from several threads.

    One record that the registry cannot answer about must not stop a library every night; five
    broken answers in a row are no longer about one record.
    """

    registry: RegistryPort
    _broken: int = 0

    def ask(self, national_id: str) -> RegistryPatron | Reason | None:
        """
        Return the registry's record of a person, ``None`` if there is none, or why it is no use.

        :raises LoginRefusedError: The library may not log in.
        :raises UnavailableError: The registry does not answer, or not with anything readable.
        """
        try:
            found = self.registry.find(national_id)
        except LoginRefusedError:
            raise
        except RefusedError:
            return Reason.REFUSED
        except MalformedAnswerError:
            self._broken += 1
            if self._broken >= _GIVE_UP_AFTER:
                raise
            return Reason.MALFORMED_ANSWER
        self._broken = 0
        if not found:
            return None
        is_meant = normalise_national_id(found[0].national_id) in {"", national_id}
        return found[0] if len(found) == 1 and is_meant else Reason.AMBIGUOUS_PERSON
