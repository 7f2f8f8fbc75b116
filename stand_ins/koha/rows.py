"""A patron as Koha serves it, and the embeds that a caller may ask for with it."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from stand_ins.hashing import mix
from stand_ins.ils.clock import DAY_S, ordinal_of
from stand_ins.ils.patrons import Patron, put_raw
from stand_ins.ils.population import Population
from stand_ins.koha import tables
from stand_ins.koha.fields import COLUMNS, VISIBLE
from stand_ins.koha.options import KohaOptions

Row = dict[str, Any]
_EMPTY: Row = dict.fromkeys(COLUMNS) | {
    "other_name": "",
    "country": "",
    "incorrect_address": False,
    "patron_card_lost": False,
    "expired": False,
    "restricted": False,
    "autorenew_checkouts": True,
    "privacy": 1,
    "privacy_guarantor_checkouts": False,
    "privacy_guarantor_fines": False,
    "check_previous_checkout": "inherit",
    "lang": "default",
    "login_attempts": 0,
    "anonymized": False,
    "protected": False,
}
_INSTALLATION: Row = {"self_renewal_available": True, "lost_reason": None, "x_local_code": "A12"}
_HIDDEN = 51
_CERTAIN = 1 << 64


class KohaRows:
    """Makes rows of patrons; `options` decide on zone, extra columns and what is redacted."""

    def __init__(self, population: Population, options: KohaOptions) -> None:
        self._population = population
        self._options = options
        self._zone = ZoneInfo(options.zone)
        self._empty = _EMPTY | (_INSTALLATION if options.extra_fields else {})
        self._nothing = dict.fromkeys(self._empty)
        self._deleted_s: dict[int, int] = {}
        self._day_stamp = lru_cache(maxsize=8192)(lambda day: self.stamp(day * DAY_S))
        self._day = lru_cache(maxsize=8192)(lambda hour: self.local(hour * 3600)[:10])
        self._hour = -1
        self._today = date.min

    def note_deleted(self, indexes: Iterable[int]) -> None:
        """
        Give those who were deleted since the start the time at which that is first seen.

        The people know the day alone; who reads what was deleted since a moment must find them.
        """
        now = self._population.clock.now()
        for index in indexes:
            if self._population.is_changed(index):
                self._deleted_s.setdefault(index, now)

    def is_hidden(self, index: int) -> bool:
        """Tell whether the API's user may not see the patron."""
        share = self._options.redacted_share
        return share > 0 and mix(index, self._population.seed, _HIDDEN) < share * _CERTAIN

    def local(self, epoch_s: int) -> str:
        """Write a time as the database holds it: `YYYY-MM-DD hh:mm:ss` in the server's zone."""
        return datetime.fromtimestamp(epoch_s, self._zone).isoformat(" ")[:19]

    def stamp(self, epoch_s: int) -> str:
        """Write a time as RFC 3339 with the server's offset."""
        return datetime.fromtimestamp(epoch_s, self._zone).isoformat()

    def today(self) -> date:
        """Return the date; asked for with every row, so it is worked out once an hour."""
        hour = self._population.clock.now() // 3600
        if hour != self._hour:
            self._hour = hour
            self._today = datetime.fromtimestamp(hour * 3600, self._zone).date()
        return self._today

    def in_zone(self, moment: datetime) -> str:
        """Write an aware time as the database holds it."""
        return self.local(int(moment.astimezone(UTC).timestamp()))

    def served(self, patron: Patron) -> Row:
        """Return the row as it is sent: nulls but for a few columns if it is hidden."""
        row = self.row(patron)
        if not self.is_hidden(patron.nth):
            return row
        return self._nothing | {name: row.get(name) for name in VISIBLE}

    def row(self, patron: Patron) -> Row:
        """Return the whole row, with what an administrator has put in its place."""
        row = self._empty.copy()
        index = patron.nth
        row.update(
            patron_id=patron.id,
            cardnumber=patron.barcodes[0] if patron.barcodes else None,
            surname=patron.last_name,
            firstname=patron.first_name,
            preferred_name=patron.first_name,
            address=patron.street,
            postal_code=patron.place[:4],
            city=patron.place[5:],
            email=patron.emails[0] if patron.emails else ("", None)[index & 1],
            phone=patron.phones[0] if patron.phones else None,
            date_of_birth=patron.birth_on.isoformat() if patron.birth_on else None,
            gender=patron.sex,
            library_id=tables.LIBRARIES[patron.library][0],
            category_id=tables.CATEGORIES[patron.kind][0],
            date_enrolled=self._day(patron.created_s // 3600),
            userid=f"{patron.unique_id.lower()}@example.edu"
            if index % 50 == 7
            else patron.unique_id.lower(),
            statistics_1=tables.PROGRAMMES[patron.category],
            updated_on=self.stamp(patron.updated_s),
            last_seen=self._day_stamp(patron.updated_s // DAY_S),
        )
        if patron.expires_on:
            row["expiry_date"] = patron.expires_on.isoformat()
            row["expired"] = patron.expires_on < self.today()
        if index % 13 < 9:
            self._add_rarities(row, patron)
        if patron.deleted_on:
            day_s = ordinal_of(patron.deleted_on) * DAY_S
            row["updated_on"] = self.stamp(self._deleted_s.get(index, day_s))
        if patron.raw:
            put_raw(row, patron.raw)
        return row

    def _add_rarities(self, row: Row, patron: Patron) -> None:
        """Fill columns that are empty for most."""
        index = patron.nth
        if len(patron.emails) > 1:
            row["secondary_email"] = patron.emails[1]
        if len(patron.phones) > 1:
            row["mobile"] = row["sms_number"] = patron.phones[1]
        if patron.second_address:
            row["altaddress_address"] = patron.second_address
            row["altaddress_postal_code"], row["altaddress_city"] = "0099", "Årbok"
        if index % 40 == 3:
            row["pronouns"] = "they/them"
        if index % 101 == 4:
            row["staff_notes"] = 'Asked about "fines"\nSecond line \u2013 é'
        if index % 59 == 12:
            row["restricted"] = row["patron_card_lost"] = True
        if index % 61 == 8:
            row["overdrive_auth_token"] = f"invented-token-{index}"

    def attributes(self, patron: Patron) -> list[Row]:
        """Return the extended attributes: what the installation defines for itself."""
        found: list[tuple[str, str]] = [("UNIVID", patron.unique_id)]
        if patron.kind < 2:
            found.append(("GRADYEAR", str(2026 + patron.bits % 5)))
        if patron.nth % 17 == 3:
            found += [("INTEREST", "jazz"), ("INTEREST", "chess")]
        return [
            {"extended_attribute_id": patron.id * 4 + place, "type": kind, "value": value}
            for place, (kind, value) in enumerate(found)
        ]

    def embeds(self, patron: Patron, row: Row, wanted: frozenset[str]) -> Row:
        """Return the additional keys of a row for the embeds asked for."""
        more: Row = {}
        if "extended_attributes" in wanted:
            more["extended_attributes"] = self.attributes(patron)
        if "checkouts+count" in wanted:
            more["checkouts_count"] = patron.bits % 7
        if "overdues+count" in wanted:
            more["overdues_count"] = int(patron.bits % 31 == 0)
        if "account_balance" in wanted:
            more["account_balance"] = patron.owed_cents / 100
        if "library" in wanted:
            more["library"] = tables.library(row["library_id"])
        if "+strings" in wanted:
            more["_strings"] = tables.strings(row)
        return more
