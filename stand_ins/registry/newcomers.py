"""What the population register would say of a person the registry has not met before."""

from datetime import date

from stand_ins import names
from stand_ins.hashing import mix
from stand_ins.national_ids import birth_date_of, sex_of
from stand_ins.people import duf_birth_on
from stand_ins.registry.records import FIELDS, NO_DATE, Record

_ADDRESS, _SEX = 11, 12


def newcomer(national_id: str) -> Record:
    """
    Return a record with address, birth date and sex, all made from the national id alone.

    Everything else is empty.
    """
    number = int(national_id)
    bits, street = divmod(mix(number, 0, _ADDRESS), len(names.STREETS))
    house, place = divmod(bits % (180 * len(names.PLACES)), len(names.PLACES))
    postal_code, city = names.PLACES[place]
    born: date = birth_date_of(national_id) or duf_birth_on(number, 0)
    return dict.fromkeys(FIELDS, "") | {
        "fnr_hash": national_id,
        "fdato": born.isoformat(),
        "kjonn": sex_of(national_id) or "MF"[mix(number, 0, _SEX) & 1],
        "p_adresse1": f"{names.STREETS[street]} {house + 1}",
        "p_postnr": postal_code,
        "p_sted": city,
        "p_land": "no",
        "p_sjekk": "0",
        "m_sjekk": "0",
        "m_gyldig_til": NO_DATE,
        "folkeregsjekk_dato": NO_DATE,
    }
