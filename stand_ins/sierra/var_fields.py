"""
The variable-length fields of a patron, by tag.

Names come in two forms, as MARC subfields or flat; `$` in an address is a line break; several
e-mails stand in one field, separated by commas; tag `=` is the hash of a PIN and nothing for the
eyes of a client. Source: the vendor's patron object; wellcomecollection/identity, patron.ts.
"""

from json.encoder import encode_basestring as quoted

from stand_ins.ils.patrons import Patron


def address_lines(patron: Patron) -> tuple[str, str]:
    """Return the lines of the first address."""
    return patron.street, patron.place


def plain_fields(patron: Patron) -> list[tuple[str, str]]:
    """Return tag and content of every field, in the order of a record; names in one piece."""
    fields = [("n", f"{patron.last_name}, {patron.first_name}")]
    if patron.street:
        fields.append(("a", "$".join(address_lines(patron))))
    if patron.second_address:
        fields.append(("h", patron.second_address))
    fields += zip("tp", patron.phones, strict=False)
    fields += (("b", barcode) for barcode in patron.barcodes)
    fields.append(("u", patron.unique_id))
    if patron.emails:
        fields.append(("z", ",".join(patron.emails)))
    if patron.nth % 10 == 1:
        fields.append(("=", f"$1$stand.in${patron.bits:022x}"))
    return fields


def var_fields(patron: Patron) -> str:
    """Return all variable-length fields as JSON text."""
    (_, flat_name), *others = plain_fields(patron)
    if patron.nth % 5 == 3:
        parts = [f'{{"fieldTag":"n","content":{quoted(flat_name)}}}']
    else:
        comma = "," if patron.nth % 17 == 8 else ""
        parts = [
            '{"fieldTag":"n","marcTag":"100","ind1":" ","ind2":" ","subfields":['
            f'{{"tag":"a","content":{quoted(patron.last_name + comma)}}},'
            f'{{"tag":"b","content":{quoted(patron.first_name)}}}]}}'
        ]
    parts += [f'{{"fieldTag":"{tag}","content":{quoted(text)}}}' for tag, text in others]
    return f"[{','.join(parts)}]"
