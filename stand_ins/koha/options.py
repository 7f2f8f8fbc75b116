"""How one Koha differs from the next: preferences, release and access of the API's user."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KohaOptions:
    """
    Settings of the stand-in.

    `zone` is the server's time zone; `page_size` the preference RESTdefaultPageSize; `token_ttl_s`
    the life of a token; `joined_links` sends one Link header joined by commas, as older releases
    do; `redacted_share` is the share of patrons outside the library group of the API's user;
    `extra_fields` adds columns that only this installation has; `serves_deleted` the route
    /deleted/patrons; `is_unordered` answers in any order unless `_order_by` is given.
    """

    client_id: str = "demo-client"
    client_secret: str = "demo-secret"  # noqa: S105 - public by intention
    user: str = "demo-api"
    password: str = "demo-password"  # noqa: S105 - public by intention
    zone: str = "Europe/Oslo"
    page_size: int = 20
    token_ttl_s: int = 3600
    redacted_share: float = 0.0
    joined_links: bool = False
    extra_fields: bool = False
    serves_deleted: bool = False
    is_unordered: bool = False
    no_basic: bool = False
    no_oauth: bool = False
    no_permission: bool = False
    is_under_maintenance: bool = False
