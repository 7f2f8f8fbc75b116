"""Answer "why (not) this patron?" from the ledger, for nightly jobs and data syncs (spec X6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from registry_operators.domain.keys import person_key
from registry_operators.domain.national_id import parse_national_id
from registry_operators.domain.sync.record_story import RecordStory
from registry_operators.domain.why import Answer, Outlook, PatronStory
from registry_operators.errors import ConfigurationError
from registry_operators.ledger.audit_trail import AuditTrail, pseudonym
from registry_operators.ledger.database import Ledger
from registry_operators.settings.libraries import LibrariesConfig
from registry_operators.steps.ask_about_patrons import Asking, ask_about_patrons
from registry_operators.steps.data_sync.explain_records import explain_records
from registry_operators.steps.data_sync.find_records import Sought, find_records
from registry_operators.steps.explain_history import Past
from registry_operators.steps.explain_outlook import Stage
from registry_operators.steps.explain_present import Present, read_present
from registry_operators.steps.ports import Secrets
from registry_operators.steps.rehearse_patron import Troupe, rehearse

RUNS = 30


@dataclass(frozen=True, slots=True, repr=False)
class Question:
    """
    Whom it is about: exactly one of the four.

    :param national_id: As typed; it never appears in the answer.
    :param record: Connection of a library system and the id of a record there: ``koha_main:17``.
    """

    card_number: str | None = None
    patron_id: int | None = None
    national_id: str | None = None
    record: str | None = None


def explain_patron(
    ledger: Ledger,
    config: LibrariesConfig,
    secrets: Secrets,
    question: Question,
    *,
    runs: int = RUNS,
    asking: Asking | None = None,
    other_fields: Sequence[str] | None = None,
) -> Answer:
    """
    Tell what the last runs did with a patron and why, and what a run would do now.

    All records of the same person are told of, at every library and in the library systems that
    data syncs read. No value of a person is in the answer. Writes nothing that lasts, but for an
    event that somebody asked the registry.

    :param asking: With it the registry is asked about consenting patrons, each as their library.
    :param other_fields: Fields of profiles that hold neither card numbers nor national ids; data
        syncs are left out if there is nothing said of them, because a desk cannot wait for it.
    :raises ConfigurationError: The national id has wrong check digits, or a record is not named as
        it should be.
    :raises UnavailableError: The registry was to be asked and does not answer.
    """
    found = _find(ledger, config, secrets, question)
    records = () if other_fields is None else _records(ledger, question, found, runs, other_fields)
    if not found:
        if not records:
            return Answer(is_known=False, says=_never_seen(question), runs=0)
        return Answer(True, _summary_of_records(records), 0, (), records)
    present = read_present(ledger, config, secrets, found, question.card_number)
    patrons = {
        row.patron_id: row.library
        for row in found
        if row.library in config.libraries and config.libraries[row.library].enabled
        and (row.is_here or row.patron_id in present.removals)
    }  # fmt: skip
    told = ask_about_patrons(ledger, asking, secrets.keys, patrons) if asking else {}
    trial = rehearse(ledger, Troupe(config, secrets, patrons, told))
    past = Past.read(ledger, found, runs)
    stage = Stage(present, trial, told, was_asked=asking is not None)
    stories = tuple(_story(row, present, past, stage.outlooks(row)) for row in found)
    return Answer(True, _summary(stories), past.count, stories, records)


def note_question(ledger: Ledger, question: Question, told: Answer, *, actor: str) -> None:
    """
    Write down who asked about whom, to be done before the answer is given.

    Spec: X9.
    """
    found = ", ".join(str(story.patron_id) for story in told.patrons)
    nobody = "a record" if told.is_known else "nobody"
    how = {
        "BY_CARD": question.card_number,
        "BY_NATIONAL_ID": question.national_id,
        "BY_NUMBER": question.patron_id,
        "BY_RECORD": question.record,
    }
    AuditTrail(ledger).append(
        "explain_patron",
        actor=actor,
        subject=f"patron {found}" if found else nobody,
        reason=next(name for name, given in how.items() if given is not None),
    )


def _records(
    ledger: Ledger,
    question: Question,
    found: Sequence[Any],
    runs: int,
    other_fields: Sequence[str],
) -> tuple[RecordStory, ...]:
    """Tell of the person's records in library systems."""
    parsed = parse_national_id(question.national_id) if question.national_id else None
    sought = Sought.of_patrons(
        ledger,
        (row.patron_id for row in found),
        card_number=question.card_number,
        national_id=None if parsed is None else parsed.digits,
        record=question.record,
    )
    return explain_records(ledger, find_records(ledger, sought, other_fields), runs)


def _find(
    ledger: Ledger, config: LibrariesConfig, secrets: Secrets, question: Question
) -> list[Any]:
    key = None
    national_id = None
    if question.national_id is not None:
        parsed = parse_national_id(question.national_id)
        if parsed is None:
            raise ConfigurationError(
                "the national id has wrong check digits; it has 11 digits, or 12 for a DUF number"
            )
        key, national_id = person_key(parsed, secrets.keys), parsed.digits
    found = ledger.rows(
        "why/find_patrons",
        patron_id=question.patron_id,
        card_number=question.card_number,
        person_key=key,
        national_id=national_id,
        libraries=list(config.libraries),
    )
    if not found and question.patron_id is not None:
        found = ledger.rows("why/find_traces", patron_id=question.patron_id)
    return found


def _never_seen(question: Question) -> str:
    if question.card_number is not None:
        return (
            "No patron holds or held this card number, and it is not reserved for anybody. The "
            "ledger keeps no card numbers of people who are nobody's patron here."
        )
    if question.record is not None:
        return (
            "No data sync knows this record: never read, or removed by age or erasure. It is named "
            "by the connection of its library system and its id there."
        )
    if question.patron_id is not None:
        return (
            "Cicero has no patron of this number, and neither the list of deleted patrons nor the "
            "ledger knows one: never seen, or removed from the ledger by age or erasure."
        )
    return (
        "No library has a patron with this national id, and none was deleted. If the person is in "
        "the registry, pulls leave them out as UNKNOWN_PERSON and keep no trace of them."
    )


def _summary_of_records(records: Sequence[RecordStory]) -> str:
    names = ", ".join(one.name for one in records)
    return f"No patron in Cicero, and in library systems: {names}."


def _summary(stories: Sequence[PatronStory]) -> str:
    asked = [story for story in stories if story.is_asked_for]
    others = len(stories) - len(asked)
    where = ", ".join(dict.fromkeys(story.library for story in asked))
    more = f" The same person has {others} more at other libraries." if others else ""
    noun = "record" if len(asked) == 1 else "records"
    return f"{len(asked)} patron {noun}, at library {where}.{more}"


def _story(row: Any, present: Present, past: Past, now: tuple[Outlook, ...]) -> PatronStory:
    library = present.config.libraries.get(row.library)
    gone = "deleted" if row.deleted_at else "gone"
    return PatronStory(
        patron_id=row.patron_id,
        library=row.library,
        library_name=library.name if library else None,
        state="patron" if row.is_here else gone,
        pseudonym=None if row.person_key is None else pseudonym(row.person_key),
        is_asked_for=row.is_asked_for,
        facts=present.facts(row),
        waiting=present.waiting(row),
        now=now,
        history=past.of(row),
    )
