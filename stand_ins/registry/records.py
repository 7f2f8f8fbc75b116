"""
The fields of a `Laaner`, and the compact form in which the store keeps them.

A record is a mapping of field name to text. A field that is missing from the mapping is left out
of the answer altogether, which is something else than an empty field.
"""

Record = dict[str, str]

FIELDS = (
    "lnr", "fnr_hash", "navn", "fdato", "kjonn",
    "p_adresse1", "p_adresse2", "p_postnr", "p_sted", "p_land", "p_sjekk",
    "m_adresse1", "m_adresse2", "m_postnr", "m_sted", "m_land", "m_sjekk", "m_gyldig_til",
    "tlf_hjemme", "tlf_jobb", "tlf_mobil", "epost", "epost_sjekk", "prim_kontakt",
    "pin", "passord", "feide", "hjemmebibliotek",
    "opprettet", "opprettet_av", "sist_endret", "sist_endret_av", "gyldig_til",
    "folkeregsjekk_dato",
)  # fmt: skip
NO_DATE = "0000-00-00"

TEMPORARY_ADDRESS = tuple(name for name in FIELDS if name.startswith("m_"))
PHONES = ("tlf_hjemme", "tlf_jobb", "tlf_mobil")
CLEARABLE = frozenset((*TEMPORARY_ADDRESS, *PHONES, "epost"))
"""Fields that an update empties when it sends them empty."""

WRITABLE = (
    "lnr", "kjonn", *TEMPORARY_ADDRESS, *PHONES, "epost", "epost_sjekk", "prim_kontakt",
    "pin", "passord", "feide", "hjemmebibliotek", "gyldig_til",
)  # fmt: skip
"""Fields that a library may write at all; the rest is the population register's or the audit's."""

SEPARATOR = "\x1f"
ABSENT = "\x1e"


def packed(record: Record) -> bytes:
    """Join the values in the order of `FIELDS`, by a character that XML text cannot hold."""
    return SEPARATOR.join([record.get(name, ABSENT) for name in FIELDS]).encode()


def unpacked(data: bytes) -> Record:
    """Undo `packed`."""
    values = zip(FIELDS, data.decode().split(SEPARATOR), strict=True)
    return {name: value for name, value in values if value != ABSENT}


def sort_key(changed: str) -> int:
    """
    Turn `sist_endret` into a number that orders; a date alone counts as its midnight.

    >>> sort_key("2014-03-02"), sort_key("2014-03-02T07:08:09")
    (20140302000000, 20140302070809)
    """
    digits = "".join(filter(str.isdecimal, changed))[:14]
    return int(digits.ljust(14, "0"))


def tombstone(record: Record) -> Record:
    """Return what is left of a deleted person: who deleted it and when."""
    kept = {name: record.get(name, "") for name in ("sist_endret", "sist_endret_av")}
    return dict.fromkeys(FIELDS, "") | kept
