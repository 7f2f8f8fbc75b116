"""
What the registry knows of each synthetic person when a stand-in is started afresh.

Person number `index` is always the same. The quirks of real records are spread by divisors that
share no factor with 2 and 5, so that each meets every library and kind of national id:

| index modulo        | quirk                                                                 |
| ------------------- | --------------------------------------------------------------------- |
| 499 is 498          | a tombstone: no number, no national id, nothing but who and when      |
| 33 is 5             | no PIN                                                                |
| 19 is 7             | name without comma, "First Surname"                                   |
| 997 is 13           | comma in the wrong place, "Surname First,"                            |
| 401 is 17           | `fdato` is 0000-00-00                                                 |
| 307 is 29           | `kjonn` is X                                                          |
| 7 is 2              | `opprettet` is a date only                                            |
| 3 is 1, before 2014 | `sist_endret` is a date only                                          |
| 47 is 11            | `gyldig_til` is missing; everywhere else it is empty                  |
| 11 is 4             | a temporary address; everywhere else `m_gyldig_til` is 0000-00-00     |
| 13 is 6             | never checked against the population register, 0000-00-00             |
| 9 is 6              | no e-mail                                                             |
| 21 is 8             | no mobile telephone                                                   |
| 7 is 4              | related to a second library, the next one of the list                 |

`sist_endret` grows with the index from 2006 to the end of 2025, evenly whatever the population.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from stand_ins.people import (
    SyntheticPerson,
    home_library,
    national_card_number,
    person,
    pin,
)
from stand_ins.registry.pins import PinCipher
from stand_ins.registry.records import FIELDS, NO_DATE, Record, tombstone

_FIRST_CHANGE = datetime(2006, 1, 2, 8, 0, 0)  # noqa: DTZ001 - the registry's times have no zone
_SPAN_S = int(timedelta(days=7275).total_seconds())


@dataclass(frozen=True, slots=True)
class Population:
    """Which people a registry is filled with: the first `patrons` indexes of a seed."""

    patrons: int
    seed: int
    libraries: tuple[str, ...]


def is_tombstone(index: int) -> bool:
    """Tell whether the person was deleted from the registry before the story begins."""
    return index % 499 == 498


def has_no_pin(index: int) -> bool:
    """Tell whether the registry holds an empty PIN for the person."""
    return index % 33 == 5


def related_libraries(index: int, libraries: Sequence[str]) -> list[str]:
    """Return the libraries the person is related to at the start, home library first."""
    related = [home_library(index, libraries)]
    if index % 7 == 4 and len(libraries) > 1:
        related.append(home_library(index + 1, libraries))
    return related


def seeded_records(population: Population, cipher: PinCipher) -> Iterator[tuple[Record, list[str]]]:
    """Yield record and relations of every person, in order of index."""
    for index in range(population.patrons):
        record = seeded_record(index, population, cipher)
        if is_tombstone(index):
            yield tombstone(record), []
        else:
            yield record, related_libraries(index, population.libraries)


def seeded_record(index: int, population: Population, cipher: PinCipher) -> Record:
    """Return the record of one person with all quirks of its index, tombstones not applied."""
    someone = person(index, population.seed)
    home = home_library(index, population.libraries)
    record = dict.fromkeys(FIELDS, "")
    record |= {
        "lnr": national_card_number(index, population.libraries),
        "fnr_hash": someone.national_id,
        "navn": _registry_name(someone),
        "fdato": NO_DATE if index % 401 == 17 else someone.birth_on.isoformat(),
        "kjonn": "X" if index % 307 == 29 else someone.sex,
        "p_adresse1": someone.street,
        "p_postnr": someone.postal_code,
        "p_sted": someone.city,
        "p_land": "no",
        "p_sjekk": "0",
        "tlf_mobil": "" if index % 21 == 8 else someone.phone,
        "epost": "" if index % 9 == 6 else someone.email,
        "pin": "" if has_no_pin(index) else cipher.encrypt(pin(index, population.seed)),
        "hjemmebibliotek": home,
        "folkeregsjekk_dato": NO_DATE if index % 13 == 6 else "2023-11-20",
    }
    record |= _temporary_address(index) | _audit(index, population, home)
    if index % 47 == 11:
        del record["gyldig_til"]
    return record


def _registry_name(someone: SyntheticPerson) -> str:
    """Write the name as the registry has it, two quirks included."""
    if someone.index % 19 == 7:
        return f"{someone.first_name} {someone.surname}"
    if someone.index % 997 == 13:
        return f"{someone.surname} {someone.first_name},"
    return f"{someone.surname}, {someone.first_name}"


def _temporary_address(index: int) -> Record:
    if index % 11 != 4:
        return {"m_sjekk": "0", "m_gyldig_til": NO_DATE}
    return {
        "m_adresse1": f"Hybelgangen {index % 90 + 1}",
        "m_adresse2": "c/o Studentlånekassa",
        "m_postnr": "0099",
        "m_sted": "Årbok",
        "m_land": "no",
        "m_sjekk": "0",
        "m_gyldig_til": "2027-06-30",
    }


def _audit(index: int, population: Population, home: str) -> Record:
    changed = _FIRST_CHANGE + timedelta(seconds=index * _SPAN_S // population.patrons)
    created = changed - timedelta(hours=index % 9_000)
    date_only = index % 3 == 1 and changed.year < 2014
    return {
        "opprettet": created.date().isoformat() if index % 7 == 2 else created.isoformat(),
        "opprettet_av": home,
        "sist_endret": changed.date().isoformat() if date_only else changed.isoformat(),
        "sist_endret_av": home_library(index // 2, population.libraries),
    }
