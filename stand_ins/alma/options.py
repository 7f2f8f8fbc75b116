"""How one Alma differs from the next: limits, age of the API, and what its answers look like."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlmaOptions:
    """
    Settings of the stand-in.

    `per_second` calls are let through in a second, 0 is no limit; `daily` is the quota of a day;
    `extra_total` is added to every total, as if some users could not be shown; `empty_user` is
    what a list without users says: `null`, `absent` or `list`. `is_single_error` writes the error
    as an object and not as a list; `is_errors_flag_text` writes `errorsExist` as a text;
    `is_gateway_xml` answers in XML when the gateway refuses, whatever was asked for; `is_older`
    knows neither `expand=full` nor `modify_date_from`. `zone` decides when a day begins.
    """

    api_key: str = "demo-alma-key"
    zone: str = "Europe/Oslo"
    per_second: int = 25
    daily: int = 1_000_000
    extra_total: int = 0
    empty_user: str = "null"
    is_single_error: bool = False
    is_errors_flag_text: bool = False
    is_gateway_xml: bool = False
    is_older: bool = False
    no_permission: bool = False
