"""
The columns of a patron, with the kind of each (Koha's `definitions/patron.yaml`).

The order is that of the served row. All are always present in a row, null when they are empty.
"""

from collections.abc import Mapping
from enum import Enum


class Kind(Enum):
    """What a column holds, which decides how it is compared."""

    TEXT = "string"
    INT = "integer"
    BOOL = "boolean"
    DATE = "date"
    TIME = "date-time"


_TEXTS = (
    "cardnumber", "surname", "firstname", "preferred_name", "middle_name", "title", "other_name",
    "initials", "pronouns", "street_number", "street_type", "address", "address2", "city", "state",
    "postal_code", "country", "email", "phone", "mobile", "fax", "secondary_email",
    "secondary_phone", "altaddress_street_number", "altaddress_street_type", "altaddress_address",
    "altaddress_address2", "altaddress_city", "altaddress_state", "altaddress_postal_code",
    "altaddress_country", "altaddress_email", "altaddress_phone",
)  # fmt: skip
_CONTACT = (
    "altcontact_firstname", "altcontact_surname", "altcontact_address", "altcontact_address2",
    "altcontact_city", "altcontact_state", "altcontact_postal_code", "altcontact_country",
    "altcontact_phone", "sms_number",
)  # fmt: skip

COLUMNS: Mapping[str, Kind] = {
    "patron_id": Kind.INT,
    **dict.fromkeys(_TEXTS, Kind.TEXT),
    "date_of_birth": Kind.DATE,
    "library_id": Kind.TEXT,
    "category_id": Kind.TEXT,
    "date_enrolled": Kind.DATE,
    "expiry_date": Kind.DATE,
    "date_renewed": Kind.DATE,
    "incorrect_address": Kind.BOOL,
    "patron_card_lost": Kind.BOOL,
    "expired": Kind.BOOL,
    "restricted": Kind.BOOL,
    "staff_notes": Kind.TEXT,
    "relationship_type": Kind.TEXT,
    "gender": Kind.TEXT,
    "userid": Kind.TEXT,
    "opac_notes": Kind.TEXT,
    "altaddress_notes": Kind.TEXT,
    "statistics_1": Kind.TEXT,
    "statistics_2": Kind.TEXT,
    "autorenew_checkouts": Kind.BOOL,
    **dict.fromkeys(_CONTACT, Kind.TEXT),
    "sms_provider_id": Kind.INT,
    "privacy": Kind.INT,
    "privacy_guarantor_checkouts": Kind.BOOL,
    "privacy_guarantor_fines": Kind.BOOL,
    "check_previous_checkout": Kind.TEXT,
    "updated_on": Kind.TIME,
    "last_seen": Kind.TIME,
    "lang": Kind.TEXT,
    "login_attempts": Kind.INT,
    "overdrive_auth_token": Kind.TEXT,
    "anonymized": Kind.BOOL,
    "protected": Kind.BOOL,
}
COMPUTED = frozenset({"expired", "restricted"})
"""In the row, but not in the table: no `q` and no order can be made of them."""
VISIBLE = frozenset({"library_id", *COMPUTED})
"""What is left of a row that the caller may not see (`unredact_list`)."""
READ_ONLY = frozenset({"patron_id", "anonymized", "expired", "restricted", "updated_on"})
EMBEDS = (
    "extended_attributes", "checkouts+count", "overdues+count", "account_balance", "library",
    "+strings",
)  # fmt: skip
