"""
The fields of a patron record and which of them a caller gets.

Without `fields` a record is minimal. Names are separated by commas; empty names at the end are
dropped first, as Java's split does, so that a bare `,` names nothing in particular and gives
everything, and a trailing comma does no harm. `id` always comes along. Sources: vendor's patron
object; chimpy-me/sierra-ils-utils, docs/reference/quirks/reads-and-ids.md.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from json.encoder import encode_basestring as quoted

from stand_ins.ils.clock import stamp
from stand_ins.ils.patrons import Patron, is_suppressed
from stand_ins.sierra.codes import LIBRARIES, PATRON_TYPES, PCODE1, PCODE3
from stand_ins.sierra.errors import SierraError
from stand_ins.sierra.fixed_fields import block_code, fixed_fields
from stand_ins.sierra.var_fields import address_lines, var_fields

DEFAULT = ("id", "updatedDate", "createdDate", "deleted", "suppressed")


def _texts(texts: tuple[str, ...]) -> str:
    return f"[{','.join(map(quoted, texts))}]"


def _addresses(patron: Patron) -> str:
    addresses = []
    if patron.street:
        addresses.append(f'{{"lines":{_texts(address_lines(patron))},"type":"a"}}')
    if patron.second_address:
        addresses.append(f'{{"lines":[{quoted(patron.second_address)}],"type":"h"}}')
    return f"[{','.join(addresses)}]"


def _phones(patron: Patron) -> str:
    phones = (
        f'{{"number":{quoted(number)},"type":"{kind}"}}'
        for kind, number in zip("tp", patron.phones, strict=False)
    )
    return f"[{','.join(phones)}]"


def _emails(patron: Patron) -> str:
    """Return the e-mail fields: several addresses in one string, as staff typed them."""
    return f"[{quoted(','.join(patron.emails))}]" if patron.emails else "[]"


def _codes(patron: Patron) -> str:
    return (
        f'{{"pcode1":"{PCODE1[patron.bits % 3][0]}","pcode2":"-",'
        f'"pcode3":{PCODE3[patron.category][0]},"pcode4":0}}'
    )


def _home_library(patron: Patron) -> str:
    code, name = LIBRARIES[patron.library]
    return f'{{"code":"{code}","name":"{name}"}}'


def _name(patron: Patron) -> str:
    return f"[{quoted(f'{patron.last_name.upper()}, {patron.first_name}')}]"


def _boolean(value: bool) -> str:
    return "true" if value else "false"


FIELDS: Mapping[str, Callable[[Patron], str]] = {
    "id": lambda p: str(p.id),
    "updatedDate": lambda p: f'"{stamp(p.updated_s)}"',
    "createdDate": lambda p: f'"{stamp(p.created_s)}"',
    "deletedDate": lambda p: f'"{p.deleted_on}"' if p.deleted_on else "",
    "deleted": lambda p: _boolean(p.deleted_on is not None),
    "suppressed": lambda p: _boolean(is_suppressed(p.nth)),
    "names": _name,
    "barcodes": lambda p: _texts(p.barcodes),
    "expirationDate": lambda p: f'"{p.expires_on}"' if p.expires_on else "",
    "birthDate": lambda p: f'"{p.birth_on}"' if p.birth_on else "",
    "emails": _emails,
    "patronType": lambda p: str(PATRON_TYPES[p.kind][0]),
    "patronCodes": _codes,
    "homeLibraryCode": lambda p: f'"{LIBRARIES[p.library][0]}"',
    "homeLibrary": _home_library,
    "message": lambda _: '{"code":"-","accountMessages":[]}',
    "blockInfo": lambda p: f'{{"code":"{block_code(p)}"}}',
    "autoBlockInfo": lambda _: '{"code":"-"}',
    "addresses": _addresses,
    "phones": _phones,
    "uniqueIds": lambda p: f"[{quoted(p.unique_id)}]",
    "moneyOwed": lambda p: str(p.owed_cents / 100),
    "pMessage": lambda _: '"-"',
    "langPref": lambda _: '"eng"',
    "fixedFields": fixed_fields,
    "varFields": var_fields,
}
"""Each returns JSON text, or nothing where the record has no such field."""
ALL = tuple(FIELDS)


def parse_fields(text: str | None) -> tuple[str, ...]:
    """Read `fields`; raises `SierraError` 108 for a name that is none."""
    if not text:
        return DEFAULT
    names = text.rstrip(",").split(",") if text.strip(",") else []
    if not names:
        return ALL
    for name in names:
        if name.strip() not in FIELDS:
            msg = f"Invalid parameter : {name} is not a valid field for a patron record"
            raise SierraError(108, msg)
    wanted = {"id", *(name.strip() for name in names)}
    return tuple(name for name in FIELDS if name in wanted)


def row_of(patron: Patron, names: tuple[str, ...]) -> bytes:
    """
    Return a record with these fields as JSON; of a deleted one only a stub is left.

    A stub has id, day of deletion and flag whatever was asked for, but no day if all was.
    """
    if patron.deleted_on is not None:
        day = "" if names == ALL else f',"deletedDate":"{patron.deleted_on}"'
        return f'{{"id":{patron.id}{day},"deleted":true}}'.encode()
    pieces = _pieces(names)
    if patron.raw:
        raw = patron.raw
        texts = [
            (head, raw[name] if name in raw else render(patron)) for name, head, render in pieces
        ]
        parts = [head + text for head, text in texts if text]
    else:
        parts = [head + text for _, head, render in pieces if (text := render(patron))]
    return f"{{{','.join(parts)}}}".encode()


@lru_cache(maxsize=16)
def _pieces(names: tuple[str, ...]) -> tuple[tuple[str, str, Callable[[Patron], str]], ...]:
    return tuple((name, f'"{name}":', FIELDS[name]) for name in names)
