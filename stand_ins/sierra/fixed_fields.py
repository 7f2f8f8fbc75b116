"""
The fixed fields of a patron, by number: label, value and, for codes, what it stands for.

Numbers and labels: the vendor's patron object and data that others have published; those of
51, 56, 80, 81, 83, 95, 96 and 263 are general knowledge, not read in a source.
"""

from collections.abc import Callable, Iterable, Mapping
from json.encoder import encode_basestring as quoted

from stand_ins.ils.clock import stamp
from stand_ins.ils.patrons import Patron
from stand_ins.sierra.codes import LIBRARIES, PATRON_TYPES, PCODE1, PCODE3


def block_code(patron: Patron) -> str:
    """Return the code of a manual block: those who owe much are blocked."""
    return "o" if patron.owed_cents > 10_000 else "-"


FIXED_FIELDS: Mapping[int, tuple[str, Callable[[Patron], str | int]]] = {
    43: ("EXP DATE", lambda p: p.expires_on.isoformat() if p.expires_on else ""),
    44: ("PCODE1", lambda p: PCODE1[p.bits % 3][0]),
    45: ("PCODE2", lambda _: "-"),
    46: ("USER CAT.", lambda p: str(PCODE3[p.category][0])),
    47: ("P TYPE", lambda p: str(PATRON_TYPES[p.kind][0])),
    48: ("TOT CHKOUT", lambda p: p.bits % 400),
    50: ("CUR CHKOUT", lambda p: p.bits % 7),
    51: ("BIRTH DATE", lambda p: p.birth_on.isoformat() if p.birth_on else ""),
    53: ("HOME LIBR", lambda p: LIBRARIES[p.library][0]),
    54: ("PMESSAGE", lambda _: "-"),
    56: ("MBLOCK", block_code),
    80: ("REC TYPE", lambda _: "p"),
    81: ("RECORD #", lambda p: p.id),
    83: ("CREATED", lambda p: stamp(p.created_s)),
    84: ("UPDATED", lambda p: stamp(p.updated_s)),
    85: ("REVISIONS", lambda p: p.bits % 90 + 1),
    95: ("CL RTRND", lambda _: 0),
    96: ("MONEY OWED", lambda p: f"{p.owed_cents / 100:.2f}"),
    98: ("PDATE", lambda p: stamp(p.updated_s)),
    158: ("PAT AGENCY", lambda p: str(p.library + 1)),
    163: ("CIRCACTIVE", lambda p: stamp(p.updated_s)),
    263: ("LANG PREF", lambda _: "eng"),
    268: ("NOTICE PREF", lambda p: "z" if p.emails else "p"),
}
"""Label and value of each, the value as text or a number; "" is not there."""


def fixed_fields(patron: Patron) -> str:
    """
    Return all fixed fields as JSON text, keyed by number; empty dates are left out.

    What a code looks like is written beforehand: a row is made of few pieces, so it is made fast.
    """
    updated = f'"value":"{stamp(patron.updated_s)}"}}'
    bits = patron.bits
    expires = f'{_HEADS[43]}"value":"{patron.expires_on}"}},' if patron.expires_on else ""
    born = f'{_HEADS[51]}"value":"{patron.birth_on}"}},' if patron.birth_on else ""
    return (
        f"{{{expires}{_PCODE1[bits % 3]},{_CATEGORIES[patron.category]},{_TYPES[patron.kind]},"
        f'{_HEADS[48]}"value":{bits % 400}}},{_HEADS[50]}"value":{bits % 7}}},{born}'
        f"{_LIBRARIES[patron.library]},{_SAME_FOR_ALL},"
        f'{_HEADS[56]}"value":"{block_code(patron)}"}},{_HEADS[81]}"value":{patron.id}}},'
        f'{_HEADS[83]}"value":"{stamp(patron.created_s)}"}},{_HEADS[84]}{updated},'
        f'{_HEADS[85]}"value":{bits % 90 + 1}}},'
        f'{_HEADS[96]}"value":"{patron.owed_cents / 100:.2f}"}},{_HEADS[98]}{updated},'
        f'{_HEADS[158]}"value":"{patron.library + 1}"}},{_HEADS[163]}{updated},'
        f'{_HEADS[268]}"value":"{"z" if patron.emails else "p"}"}}}}'
    )


_HEADS = {number: f'"{number}":{{"label":{quoted(label)},' for number, (label, _) in
          FIXED_FIELDS.items()}  # fmt: skip


def _coded(number: int, codes: Iterable[tuple[str | int, str]]) -> tuple[str, ...]:
    return tuple(
        f'{_HEADS[number]}"value":"{code}","display":{quoted(label)}}}' for code, label in codes
    )


_PCODE1, _CATEGORIES, _TYPES, _LIBRARIES = (
    _coded(44, PCODE1),
    _coded(46, PCODE3),
    _coded(47, PATRON_TYPES),
    _coded(53, LIBRARIES),
)
_SAME_FOR_ALL = ",".join(
    f'{_HEADS[number]}"value":{value}}}'
    for number, value in ((45, '"-"'), (54, '"-"'), (80, '"p"'), (95, "0"), (263, '"eng"'))
)
