"""
Clients of library systems, each made of an Airflow Connection (spec D3.1).

| field       | Koha                                         | Alma                                |
| ----------- | -------------------------------------------- | ----------------------------------- |
| type        | `http` or `https` (anything else is https)   | the same                            |
| host, port  | of the staff or public pages                 | `api-eu.hosted.exlibrisgroup.com`   |
| schema      | path, `api/v1` if empty                      | path, `almaws/v1` if empty          |
| login       | client id, or user name                      |                                     |
| password    | client secret, or password                   | the key                             |
| extra       | `login`: `oauth2` or `basic`; `zone` of the  | `calls_per_second`, `quota_floor`,  |
|             | server, such as `Europe/Oslo`; `ca_bundle`   | `single_reads`, `searchable` (names |
|             |                                              | of fields), `ca_bundle`             |

| field       | Sierra                                       | Symphony                            |
| ----------- | -------------------------------------------- | ----------------------------------- |
| schema      | path, `iii/sierra-api/v6` if empty           | path of the web application,        |
|             |                                              | `symws` if empty                    |
| login       | key of the API                               | login of a staff account            |
| password    | secret of the key                            | its password                        |
| extra       | `ca_bundle`                                  | `client_id` (needed), `app_id`,     |
|             |                                              | `strategy`: `keys` or `search`;     |
|             |                                              | `lowest_key`, `highest_key`,        |
|             |                                              | `largest_gap`; `ca_bundle`          |

Cicero is read from the patron database: type `postgres`, host, port, schema (the database), login
and password as usual, best of an account that only reads; extra `library`, an agency code of seven
digits, and what libpq knows of `sslmode` and `sslrootcert`; a folder of sockets is extra `host`.

Extra ``patron_page`` of any of them is the address of a patron's page for staff, with ``{id}``
where the record's id goes; pages and error logs lead there.

A further system is a function of the same form in ``_MAKERS``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from registry_operators.clients.alma_client import AlmaAccount, AlmaClient
from registry_operators.clients.alma_filter import SEARCHED
from registry_operators.clients.cicero_client import CiceroClient
from registry_operators.clients.ils_messages import IlsClient
from registry_operators.clients.koha_client import KohaClient
from registry_operators.clients.koha_login import KohaAccount, KohaLogin
from registry_operators.clients.sierra_client import SierraClient
from registry_operators.clients.sierra_login import SierraAccount
from registry_operators.clients.symphony_client import SymphonyClient
from registry_operators.clients.symphony_login import Strategy, SymphonyAccount
from registry_operators.domain.sync.catalogue import Catalogue
from registry_operators.errors import ConfigurationError
from registry_operators.ledger.database import Ledger
from registry_operators.settings.catalogues import load_catalogue
from registry_operators.settings.connections import ConnectionFields


def make_client(ils: str, fields: ConnectionFields) -> IlsClient:
    """
    Make the client of a library system; nothing is called yet.

    :raises ConfigurationError: There is no such system, or its connection is not complete.
    """
    maker = _MAKERS.get(ils)
    if maker is None:
        raise ConfigurationError(
            f"no library system {ils!r} can be read; known are {', '.join(sorted(_MAKERS))}"
        )
    return maker(fields, load_catalogue(ils))


def patron_page(fields: ConnectionFields, record_id: str) -> str | None:
    """
    Return the address of a patron's page in the library system, ``None`` where none is configured.

    >>> page = {"patron_page": "https://koha.example.org/members.pl?number={id}"}
    >>> patron_page(ConnectionFields("koha_main", extra=page), "17")
    'https://koha.example.org/members.pl?number=17'
    """
    template = fields.extra.get("patron_page", "")
    if "{id}" not in template or not template.startswith(("https://", "http://")):
        return None
    return template.replace("{id}", quote(record_id, safe=""))


def ils_url(fields: ConnectionFields, usual_path: str) -> str:
    """
    Return the URL to which a client adds its paths.

    :raises ConfigurationError: The connection has no host.
    """
    if not fields.host:
        raise _wrong(fields, "the host is empty")
    scheme = fields.conn_type if fields.conn_type in {"http", "https"} else "https"
    port = f":{fields.port}" if fields.port else ""
    return f"{scheme}://{fields.host}{port}/{(fields.path or usual_path).strip('/')}"


def koha_client(fields: ConnectionFields, catalogue: Catalogue) -> KohaClient:
    """Make the client of a Koha."""
    if not fields.login or not fields.password:
        raise _wrong(
            fields,
            "login or password is empty; Koha wants client id and secret of an API key, or, with "
            "extra login=basic, user name and password",
        )
    login, zone = fields.extra.get("login", KohaLogin.OAUTH2), fields.extra.get("zone", "")
    if login not in set(KohaLogin):
        raise _wrong(fields, f"extra login must be one of {', '.join(KohaLogin)}")
    try:
        ZoneInfo(zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _wrong(fields, "extra zone is no time zone; write it like Europe/Oslo") from None
    account = KohaAccount(
        url=ils_url(fields, "api/v1"),
        user=fields.login,
        password=fields.password,
        login=KohaLogin(login),
        zone=zone,
        ca_bundle=fields.extra.get("ca_bundle"),
    )
    return KohaClient(account, catalogue)


def alma_client(fields: ConnectionFields, catalogue: Catalogue) -> AlmaClient:
    """Make the client of an Alma."""
    if not fields.password:
        raise _wrong(fields, "the password is empty; Alma wants its API key there")
    searchable = frozenset(fields.extra.get("searchable", "").replace(",", " ").split())
    if not searchable <= SEARCHED:
        raise _wrong(fields, f"extra searchable can name {', '.join(sorted(SEARCHED))}")
    usual = AlmaAccount("", "")
    account = AlmaAccount(
        url=ils_url(fields, "almaws/v1"),
        key=fields.password,
        calls_per_second=_number(fields, "calls_per_second", int(usual.calls_per_second)),
        quota_floor=_number(fields, "quota_floor", usual.quota_floor),
        single_reads=_number(fields, "single_reads", usual.single_reads),
        searchable=searchable,
        ca_bundle=fields.extra.get("ca_bundle"),
    )
    return AlmaClient(account, catalogue)


def sierra_client(fields: ConnectionFields, catalogue: Catalogue) -> SierraClient:
    """Make the client of a Sierra."""
    if not fields.login or not fields.password:
        raise _wrong(fields, "login or password is empty; Sierra wants key and secret of its API")
    account = SierraAccount(
        url=ils_url(fields, "iii/sierra-api/v6"),
        key=fields.login,
        secret=fields.password,
        ca_bundle=fields.extra.get("ca_bundle"),
    )
    return SierraClient(account, catalogue)


def symphony_client(fields: ConnectionFields, catalogue: Catalogue) -> SymphonyClient:
    """Make the client of a Symphony."""
    client_id = fields.extra.get("client_id", "")
    if not fields.login or not fields.password or not client_id:
        raise _wrong(
            fields,
            "login, password or extra client_id is empty; Symphony wants a staff account, and the "
            "client id that SirsiDynix has given",
        )
    usual = SymphonyAccount("", "", "", "")
    strategy = fields.extra.get("strategy", usual.strategy)
    if strategy not in set(Strategy):
        raise _wrong(fields, f"extra strategy must be one of {', '.join(Strategy)}")
    account = SymphonyAccount(
        url=ils_url(fields, "symws"),
        login=fields.login,
        password=fields.password,
        client_id=client_id,
        app_id=fields.extra.get("app_id") or usual.app_id,
        strategy=Strategy(strategy),
        lowest_key=_number(fields, "lowest_key", usual.lowest_key),
        highest_key=_number(fields, "highest_key", usual.highest_key),
        largest_gap=_number(fields, "largest_gap", usual.largest_gap),
        ca_bundle=fields.extra.get("ca_bundle"),
    )
    return SymphonyClient(account, catalogue)


def cicero_client(fields: ConnectionFields, _: Catalogue) -> CiceroClient:
    """Make the client of one library's patrons in the patron database."""
    library = fields.extra.get("library", "")
    if not re.fullmatch(r"\d{7}", library, re.ASCII):
        raise _wrong(fields, "extra library must be the agency code of a library, seven digits")
    host = fields.host or fields.extra.get("host", "")
    if not host or not fields.path:
        raise _wrong(fields, "host or schema is empty; Cicero is read from the patron database")
    pair = ":".join(quote(one, safe="") for one in (fields.login, fields.password) if one)
    port = f":{fields.port}" if fields.port else ""
    options = {name: fields.extra[name] for name in _LIBPQ if name in fields.extra}
    url = (
        f"postgresql://{pair}{'@' if pair else ''}{quote(host, safe='')}{port}"
        f"/{quote(fields.path, safe='')}?{urlencode(options)}"
    )
    return CiceroClient(partial(Ledger.connect, url), library)


def _number(fields: ConnectionFields, name: str, usual: int) -> int:
    text = fields.extra.get(name, str(usual)).strip()
    if not (text.isascii() and text.isdigit()):
        raise _wrong(fields, f"extra {name} must be a whole number from 0")
    return int(text)


def _wrong(fields: ConnectionFields, text: str) -> ConfigurationError:
    return ConfigurationError(f"connection {fields.conn_id}: {text}")


_LIBPQ = ("sslmode", "sslrootcert")
_MAKERS: Mapping[str, Callable[[ConnectionFields, Catalogue], IlsClient]] = {
    "alma": alma_client,
    "cicero": cicero_client,
    "koha": koha_client,
    "sierra": sierra_client,
    "symphony": symphony_client,
}
