"""
The configuration of the libraries: ``include/config/libraries.yaml`` (spec N2).

Everything that is wrong is told at once, each with file, library, field, what was found and what
to write instead, before any data moves (N2.7).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from registry_operators.domain.card_number import NumberSeries
from registry_operators.domain.guards import GuardKind, Limit
from registry_operators.domain.pin import Pin, is_four_digits
from registry_operators.errors import ConfigurationError
from registry_operators.settings.alerts import Alerts
from registry_operators.settings.cms_api import CmsApi, SelfService
from registry_operators.settings.guards import Guards, Limits
from registry_operators.settings.pages import Pages
from registry_operators.settings.retention import Retention

_AGENCY_CODE = re.compile(r"\d{7}", re.ASCII)
_Digits = Annotated[str, Field(pattern=r"^\d{1,16}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Series(_Strict):
    """
    A range of card numbers; digits are text, because leading zeros count.

    :param prefix: Up to four letters before the digits, such as ``N``; may be empty.
    :param first: First number of the range.
    :param last: Last number of the range, with as many digits.
    """

    prefix: Annotated[str, Field(pattern=r"^[A-Za-z]{0,4}$")]
    first: _Digits
    last: _Digits

    @model_validator(mode="after")
    def _is_a_range(self) -> Series:
        if len(self.first) != len(self.last):
            raise ValueError("first and last need the same number of digits")
        if self.first > self.last:
            raise ValueError("first must not be greater than last")
        return self

    @property
    def numbers(self) -> NumberSeries:
        """The range as a value of the domain."""
        return NumberSeries(self.prefix, self.first, self.last)


class CardSequence(Series):
    """
    The numbers that a library gives to patrons without one (N2.4, N2.6).

    :param next: Where to begin. The database remembers the next number; a higher one in the file
        moves it forward.
    """

    next: _Digits

    @model_validator(mode="after")
    def _next_is_inside(self) -> CardSequence:
        if len(self.next) != len(self.first) or not self.first <= self.next <= self.last:
            raise ValueError(f"next must lie between {self.first} and {self.last}")
        return self


class Synchronise(_Strict):
    """
    Which data a library synchronises, in both directions (N2.3).

    :param card_number: Card numbers. Without them no person is created in the registry.
    :param pin: PINs.
    """

    card_number: bool
    pin: bool


ConflictPolicy = Literal["sender_wins", "newest_wins", "hold"]


class Conflicts(_Strict):
    """
    What happens to a value that both sides changed differently (X3).

    ``sender_wins`` overwrites (N1.3), ``newest_wins`` keeps the later change and lets the other job
    carry it, ``hold`` waits for a person.

    :param card_number: Policy for card numbers.
    :param pin: Policy for PINs.
    """

    card_number: ConflictPolicy = "sender_wins"
    pin: ConflictPolicy = "sender_wins"


class PinRules(_Strict):
    """
    How a library hands out PINs (N2.5).

    :param newcomers: ``default`` gives ``default_pin``; ``random`` gives each another one, which is
        told once, to the librarian.
    :param refuse_simple: Take no PIN such as 1111 or 1234; one that was handed out is never taken.
    :param log_in_before_change: A PIN that was handed out is good enough to log in.
    """

    newcomers: Literal["default", "random"] = "default"
    refuse_simple: bool = True
    log_in_before_change: bool = True


class Library(_Strict):
    """
    One library's part in the synchronisation.

    :param name: For people.
    :param enabled: With ``false`` there is no call and no write for this library.
    :param connection: Airflow Connection with user name and password of the registry (N2.1);
        without it ``registry_<library>``.
    :param synchronise: Which data travel.
    :param conflicts: What happens to a value that both sides have changed.
    :param limits: Limits of this library alone, by kind of change; else those of ``guards``.
    :param default_pin: Four digits that a patron without a PIN gets and must change (N2.5).
    :param pin_rules: How PINs are handed out.
    :param card_sequence: Numbers for patrons without one.
    :param registry_series: Number series that the registry has reserved for the library.
    :param self_service: What the library's web site is told.
    """

    name: Annotated[str, Field(min_length=1)]
    enabled: bool
    connection: str | None = None
    synchronise: Synchronise
    conflicts: Conflicts = Conflicts()
    limits: Limits = {}
    default_pin: str = Field(repr=False)
    pin_rules: PinRules = PinRules()
    card_sequence: CardSequence
    registry_series: list[Series] = []
    self_service: SelfService = SelfService()

    @model_validator(mode="after")
    def _default_pin_has_four_digits(self) -> Library:
        if not is_four_digits(self.default_pin):
            raise ValueError('default_pin must be four digits in quotes, for example "4711"')
        return self

    @property
    def pin_for_all(self) -> Pin | None:
        """The default PIN as a value that hides itself; ``None`` where each gets another one."""
        return Pin(self.default_pin) if self.pin_rules.newcomers == "default" else None


class LibrariesConfig(_Strict):
    """
    The whole file.

    :param timezone: IANA name of the zone in which the schedules are meant.
    :param guards: How much one run may change.
    :param retention: How long what is kept.
    :param cms_api: Sessions and lock-outs of the CMS API.
    :param pages: Who may do more on the pages than Airflow says.
    :param alerts: When something is wrong, and who is told.
    :param other_national_series: Series of libraries that are not served here, whose cards
        count as national all the same.
    :param libraries: A block for each library, by its agency code: seven digits in quotes.
    """

    timezone: str = "Europe/Oslo"
    guards: Guards = Guards()
    retention: Retention = Retention()
    cms_api: CmsApi = CmsApi()
    pages: Pages = Pages()
    alerts: Alerts = Alerts()
    other_national_series: list[Series] = []
    libraries: dict[str, Library]

    @model_validator(mode="after")
    def _zone_exists(self) -> LibrariesConfig:
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(
                f"timezone {self.timezone!r} is unknown; write an IANA name such as Europe/Oslo"
            ) from None
        return self

    @model_validator(mode="after")
    def _held_values_are_kept(self) -> LibrariesConfig:
        days = self.guards.approval.expire_days
        if self.retention.staging_days < days:
            raise ValueError(
                f"retention.staging_days ({self.retention.staging_days}) must be at least "
                f"guards.approval.expire_days ({days}), because held changes need their values"
            )
        return self

    @property
    def national_series(self) -> list[NumberSeries]:
        """Every series whose numbers are national cards."""
        own = (series for library in self.libraries.values() for series in library.registry_series)
        return [series.numbers for series in (*own, *self.other_national_series)]

    @property
    def content(self) -> dict[str, Any]:
        """What is in force, defaults included, in the types of JSON; it holds the default PINs."""
        return self.model_dump(mode="json")

    @property
    def digest(self) -> str:
        """SHA-256 of the configuration, to pin a run to it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def limit(self, library: str, kind: GuardKind) -> Limit:
        """Return the limit of a kind of change at a library: its own, or that of all."""
        setting = self.libraries[library].limits.get(kind)
        return self.guards.limit(kind) if setting is None else setting.limit

    def connection_id(self, library: str) -> str:
        """Return the id of the Airflow Connection of a library."""
        return self.libraries[library].connection or f"registry_{library}"

    def chosen(self, libraries: Iterable[str]) -> dict[str, Library]:
        """
        Return the libraries asked for, or all when none is named.

        :raises ConfigurationError: One of them is not in the file.
        """
        wanted = list(libraries)
        if unknown := sorted(set(wanted) - set(self.libraries)):
            known = ", ".join(sorted(self.libraries))
            raise ConfigurationError(
                f"unknown library {', '.join(unknown)}; include/config/libraries.yaml has {known}"
            )
        return {code: self.libraries[code] for code in wanted or sorted(self.libraries)}


def load_libraries(
    path: Path, has_connection: Callable[[str], bool] = lambda _: True
) -> LibrariesConfig:
    """
    Read and check the configuration.

    :param has_connection: Says whether an Airflow Connection of that id exists.
    :raises ConfigurationError: With one line for each thing that is wrong.
    """
    config = parse_libraries(path)
    problems = [*number_problems(config), *connection_problems(config, has_connection)]
    if problems:
        raise _wrong(path, problems)
    return config


def warnings_about(config: LibrariesConfig) -> list[str]:
    """Return what is allowed but probably not meant: numbers that will never be national."""
    return [
        f"library {code}, card_sequence: {config.libraries[code].card_sequence.numbers} lies "
        "outside the registry_series of the library, so its numbers stay local and are never sent; "
        "write a range that the registry has reserved"
        for code in outside_their_series(config)
    ]


def outside_their_series(config: LibrariesConfig) -> list[str]:
    """Return the enabled libraries whose card sequence the registry has not reserved."""
    return [
        code
        for code, library in config.libraries.items()
        if library.enabled
        and not any(
            series.numbers.covers(library.card_sequence.numbers)
            for series in library.registry_series
        )
    ]


def parse_libraries(path: Path) -> LibrariesConfig:
    """
    Read the file and check each field by itself.

    :raises ConfigurationError: With one line for each field that is wrong.
    """
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: the file is missing; write one as in docs") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigurationError(f"{path}{where}: not valid YAML") from None
    try:
        return LibrariesConfig.model_validate(content)
    except ValidationError as error:
        raise _wrong(path, [_explain(problem) for problem in error.errors()]) from None


def _explain(problem: Any) -> str:
    """Turn a finding of pydantic into library, field, found and expected."""
    steps = [str(step) for step in problem["loc"]]
    place = []
    if steps[:1] == ["libraries"] and len(steps) > 1:
        place, steps = [f"library {steps[1]}"], steps[2:]
    if steps:
        place.append(f"field {'.'.join(steps)}")
    message = problem["msg"].removeprefix("Value error, ")
    found = problem["input"]
    shown = (
        f"; found {found!r}"
        if isinstance(found, (str, int, float, bool)) and "default_pin" not in steps
        else ""
    )
    match problem["type"]:
        case "missing":
            message, shown = "is missing; add it", ""
        case "extra_forbidden":
            message, shown = "is not known; remove it or correct its spelling", ""
        case "string_type":
            message = f"{message}; write it in quotes, because leading zeros count"
    return f"{', '.join(place) or 'the file'}: {message}{shown}"


def connection_problems(
    config: LibrariesConfig, has_connection: Callable[[str], bool]
) -> Iterator[str]:
    """Yield a line for each enabled library whose Airflow Connection is missing."""
    for code, library in config.libraries.items():
        if library.enabled and not has_connection(config.connection_id(code)):
            yield (
                f"library {code}, field connection: there is no Airflow Connection "
                f"{config.connection_id(code)!r}; create it with user name and password of the "
                "registry, or set enabled: false"
            )


def number_problems(config: LibrariesConfig) -> Iterator[str]:
    """Yield a line for each library number that is wrong, and for numbers that two would give."""
    yield from _unknown_libraries(config)
    for code in config.libraries:
        if not _AGENCY_CODE.fullmatch(code):
            yield f"library {code}: found {code!r} as agency code; write seven digits in quotes"
    for (code, one), (other_code, other) in combinations(config.libraries.items(), 2):
        if one.card_sequence.numbers.overlaps(other.card_sequence.numbers):
            yield (
                f"library {other_code}, field card_sequence: {other.card_sequence.numbers} "
                f"overlaps with {one.card_sequence.numbers} of library {code}; "
                "give each library numbers of its own"
            )
        for theirs in other.registry_series:
            if any(series.numbers.overlaps(theirs.numbers) for series in one.registry_series):
                yield (
                    f"library {other_code}, field registry_series: {theirs.numbers} overlaps with "
                    f"a series of library {code}; the registry reserves a number only once"
                )


def _unknown_libraries(config: LibrariesConfig) -> Iterator[str]:
    named = [("guards.announced", announced.libraries) for announced in config.guards.announced]
    named += [
        (f"pages.librarians.{user}", libraries)
        for user, libraries in config.pages.librarians.items()
        if isinstance(libraries, list)
    ]
    for field, libraries in named:
        for code in sorted(set(libraries) - set(config.libraries)):
            yield f"field {field}: library {code} is not in this file; correct its number"


def _wrong(path: Path, problems: list[str]) -> ConfigurationError:
    lines = "\n".join(f"  {problem}" for problem in problems)
    count = f"{len(problems)} thing{'s' if len(problems) > 1 else ''}"
    return ConfigurationError(f"{path}: {count} to correct; nothing was read or written\n{lines}")
