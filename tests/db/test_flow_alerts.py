"""What is told, to whom, and how often (N4.2, X2, X5)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml

from registry_operators.clients.alert_mail import AlertMail, MailServer
from registry_operators.clients.alert_webhook import AlertWebhook, WebhookTarget
from registry_operators.domain.alerts import Alert, AlertCode, Level
from registry_operators.errors import ConfigurationError, UnavailableError
from registry_operators.ledger.database import Ledger
from registry_operators.steps.alerts.find_alerts import find_alerts
from registry_operators.steps.alerts.measure import measures
from registry_operators.steps.alerts.watch import Outlook, present_alerts, watch, watch_dag
from tests.db.alert_bench import MORNING, Ear, a_good_night, an_ended_run, at, outlook
from tests.db.flow_world import World
from tests.db.sql_bench import put
from tests.factories import LIBRARY, OTHER_LIBRARY, a_config, a_library_config, a_patron, a_run_id
from tests.unit.clients.ils_stub import Asked, saying
from tests.unit.clients.mail_stub import mail_server


@pytest.fixture
def one_library(world: World) -> World:
    """A library whose nights have been good."""
    world.config = a_config(_2030000=a_library_config(LIBRARY))
    a_good_night(world, 2)
    return world


def texts(world: World, now: datetime = MORNING) -> list[str]:
    return [alert.text for alert in find_alerts(world.ledger, world.config, now)]


def fail(world: World, cause: str = "LOGIN_REFUSED") -> None:
    an_ended_run(world, "pull", at(2, 7, world.runs), {"failure_code": cause, "stage": "opened"},
                 state="failed")  # fmt: skip


class TestWhatIsWrong:
    def test_nothing_is_after_a_good_night(self, one_library: World) -> None:
        assert texts(one_library) == []

    @pytest.mark.parametrize(
        ("now", "told"),
        [
            (at(3, 3, 59), []),
            (at(3, 4), ["push: not done by 04:00; missing libraries: 1"]),
            (at(3, 7), ["pull: not done by 07:00; missing libraries: 1",
                        "push: not done by 04:00; missing libraries: 1"]),
        ],
        ids=["in time", "push", "both"],
    )  # fmt: skip
    def test_a_job_is_late_from_the_minute_on_by_which_it_must_be_done(
        self, one_library: World, now, told
    ) -> None:
        assert texts(one_library, now) == told

    def test_a_library_that_is_not_enabled_worries_nobody(self, one_library: World) -> None:
        one_library.config = a_config(_2030000=a_library_config(LIBRARY, enabled=False))
        fail(one_library)

        assert texts(one_library, at(3, 9)) == []

    def test_a_library_and_a_run_that_failed_are_named(self, one_library: World) -> None:
        fail(one_library)
        an_ended_run(one_library, "push", at(2, 2), state="failed")

        assert texts(one_library) == [
            f"pull, library {LIBRARY}: failed with LOGIN_REFUSED",
            "push: the run failed, and no library of it",
        ]

    def test_who_waits_too_long_is_counted(self, one_library: World) -> None:
        for index, days in enumerate((9, 4, 1)):
            one_library.cicero.add(a_patron(index))
            put(one_library, "patron_sync.pending", flow="push", library=LIBRARY,
                patron_id=index + 1, reason="REFUSED" if days > 5 else "CARD_IN_USE",
                since=datetime.now(MORNING.tzinfo) - timedelta(days=days))  # fmt: skip

        assert texts(one_library) == [f"push, library {LIBRARY}: waiting: 2; days of the oldest: 9"]

    def test_runs_that_read_nothing_are_told(self, one_library: World) -> None:
        for day in (3, 4, 5):
            a_good_night(one_library, day, read_count=0)

        assert texts(one_library, at(5, 8)) == [
            f"pull, library {LIBRARY}: runs that read nothing: 3",
            f"push, library {LIBRARY}: runs that read nothing: 3",
        ]

    @pytest.mark.parametrize(
        ("next_value", "level"),
        [(9001, None), (9002, Level.WARNING), (10001, Level.CRITICAL)],
        ids=["10 % and a bit", "less", "used up"],
    )
    def test_a_sequence_warns_before_its_end(
        self, one_library: World, next_value: int, level: Level | None
    ) -> None:
        put(one_library, "patron_sync.card_sequence", library=LIBRARY, prefix="N", first_value=1,
            last_value=10000, next_value=next_value, width=5)  # fmt: skip
        config = one_library.config.model_copy(
            update={"alerts": one_library.config.alerts.model_copy(update={"sequence_percent": 9})}
        )

        found = find_alerts(one_library.ledger, config, MORNING)

        assert [alert.level for alert in found] == ([] if level is None else [level])

    def test_numbers_that_the_registry_has_not_reserved_are_told(self, one_library: World) -> None:
        block = a_library_config(LIBRARY, registry_series=[])
        one_library.config = a_config(_2030000=block)
        outside = texts(one_library)
        one_library.cicero.add(a_patron())
        put(one_library, "patron_sync.pending", flow="push", library=LIBRARY, patron_id=1,
            reason="NUMBER_NOT_RESERVED")  # fmt: skip

        assert outside == [f"library {LIBRARY}: card_sequence lies outside registry_series"]
        assert texts(one_library) == [
            f"library {LIBRARY}: patrons whose numbers the registry has not reserved: 1"
        ]

    def test_looking_writes_nothing(self, one_library: World, query) -> None:
        fail(one_library)

        found = present_alerts(one_library.ledger, outlook(one_library))

        assert [alert.code for alert in found] == [AlertCode.LIBRARY_FAILED]
        assert query("select count(*) from patron_sync.alert") == [(0,)]


class TestHowOften:
    def test_each_change_of_state_is_told_once_and_so_is_its_end(self, one_library: World) -> None:
        ear = Ear()

        for cause in (None, "UNAVAILABLE", "UNAVAILABLE", "LOGIN_REFUSED"):
            if cause:
                fail(one_library, cause)
            for _ in range(2):
                watch(one_library.ledger, outlook(one_library, ear))
        an_ended_run(one_library, "pull", at(2, 8))
        for _ in range(2):
            watch(one_library.ledger, outlook(one_library, ear))

        failed = AlertCode.LIBRARY_FAILED
        assert ear.told == [([failed], []), ([failed], []), ([], [failed])]
        assert [message.begun[0].cause for message in ear.heard[:2]] == [
            "UNAVAILABLE", "LOGIN_REFUSED",
        ]  # fmt: skip

    def test_a_channel_that_was_deaf_is_told_later_and_the_other_at_once(
        self, one_library: World
    ) -> None:
        ear, deaf = Ear("ear"), Ear("deaf", is_deaf=True)
        fail(one_library)

        for _ in range(2):
            with pytest.raises(UnavailableError, match="deaf: nobody listens"):
                watch(one_library.ledger, outlook(one_library, deaf, ear))
        deaf.is_deaf = False
        watch(one_library.ledger, outlook(one_library, deaf, ear))

        assert ear.told == deaf.told == [([AlertCode.LIBRARY_FAILED], [])]

    def test_who_dies_after_telling_tells_it_again_with_the_same_id(
        self, one_library: World, database_url: str
    ) -> None:
        class Died(BaseException):
            """What no code of ours catches, as a signal would be."""

        class Killer(Ear):
            def send(self, message):
                super().send(message)
                raise Died

        fail(one_library)
        killed, ear = Killer(), Ear()
        with pytest.raises(Died), Ledger.connect(database_url) as other:
            watch(other, outlook(one_library, killed))
        watch(one_library.ledger, outlook(one_library, ear))
        watch(one_library.ledger, outlook(one_library, ear))

        assert [one.id for one in killed.heard] == [one.id for one in ear.heard]

    def test_what_comes_and_goes_between_two_looks_is_not_told(self, one_library: World) -> None:
        ear, deaf = Ear(), Ear("ear", is_deaf=True)
        fail(one_library)
        with pytest.raises(UnavailableError):
            watch(one_library.ledger, outlook(one_library, deaf))
        an_ended_run(one_library, "pull", at(2, 8))

        watch(one_library.ledger, outlook(one_library, ear))

        assert ear.heard == []


class TestDagEnds:
    def test_a_failure_without_another_reason_is_told_until_the_dag_succeeds(
        self, one_library: World
    ) -> None:
        ear = Ear()

        for failed in (True, True, False, False):
            watch_dag(one_library.ledger, outlook(one_library, ear), "housekeeping", failed=failed)
            watch(one_library.ledger, outlook(one_library, ear))

        assert ear.told == [([AlertCode.DAG_FAILED], []), ([], [AlertCode.DAG_FAILED])]
        assert ear.heard[0].subject == "[patron-sync] critical: housekeeping: the DAG failed"

    def test_a_failure_with_a_reason_is_told_by_its_reason(self, one_library: World) -> None:
        ear = Ear()
        fail(one_library)

        watch_dag(one_library.ledger, outlook(one_library, ear), "registry_to_cicero", failed=True)

        assert ear.told == [([AlertCode.LIBRARY_FAILED], [])]

    def test_it_counts_among_what_is_wrong_now(self, one_library: World) -> None:
        watch_dag(one_library.ledger, outlook(one_library), "housekeeping", failed=True)

        (alert,) = present_alerts(one_library.ledger, outlook(one_library))
        assert (alert.code, alert.item) == (AlertCode.DAG_FAILED, "housekeeping")


def test_a_wrong_configuration_is_told_and_nothing_else_is_over(
    one_library: World, monkeypatch, tmp_path: Path
) -> None:
    ear = Ear()
    file = tmp_path / "libraries.yaml"
    alerts = {"airflow_url": "https://airflow.invalid"}
    file.write_text(yaml.safe_dump({"alerts": alerts, "libraries": {"1": "wrong"}}))
    monkeypatch.setenv("PATRON_SYNC_LIBRARIES", str(file))
    fail(one_library)
    watch(one_library.ledger, outlook(one_library, ear))

    def broken():
        raise ConfigurationError("libraries.yaml: 2 things to correct\n  one\n  two")

    wrong = Outlook(broken, lambda _: (ear,), MORNING)
    watch(one_library.ledger, wrong)
    (configuration, *_) = ear.heard[-1].begun
    watch(one_library.ledger, outlook(one_library, ear))

    codes = [AlertCode.LIBRARY_FAILED, AlertCode.CONFIGURATION]
    assert ear.told == [([codes[0]], []), ([codes[1]], []), ([], [codes[1]])]
    assert configuration.facts == {"problems": 2}
    assert ear.heard[1].links.airflow == "https://airflow.invalid"
    (present,) = present_alerts(one_library.ledger, wrong)
    assert present.code == AlertCode.CONFIGURATION


def test_real_servers_get_one_message_each_and_no_person(one_library: World) -> None:
    posted: list[Asked] = []
    person = a_patron(5)
    one_library.cicero.add(person)
    fail(one_library)

    def answer(asked: Asked):
        posted.append(asked)
        return 200, "", {}

    with mail_server() as mails, saying(answer) as url:
        server = MailServer("127.0.0.1", mails.port, "none")
        channels = (AlertMail(server, "a@l.invalid", ["b@l.invalid"]),
                    AlertWebhook(WebhookTarget(url)))  # fmt: skip
        look = Outlook(lambda: one_library.config, lambda _: channels, MORNING)
        for _ in range(3):
            watch(one_library.ledger, look)

    assert (len(mails.mails), len(posted)) == (1, 1)
    (alert,) = json.loads(posted[0].body)["alerts"]
    assert (alert["code"], alert["cause"]) == ("LIBRARY_FAILED", "LOGIN_REFUSED")
    said = mails.mails[0].as_string() + posted[0].body
    for secret in (person.surname, person.national_id, person.card):
        assert secret is not None
        assert secret not in said


@pytest.mark.parametrize("code", AlertCode)
def test_every_alert_has_words_a_page_and_a_section_of_the_runbooks(code: AlertCode) -> None:
    names = ["libraries", "changes", "hours", "entries", "days", "runs", "numbers", "percent"]
    facts: dict[str, int | str] = {"by": "07:00", **dict.fromkeys([*names, "problems"], 1)}
    runbooks = Path("docs/runbooks.md").read_text(encoding="utf-8")

    alert = Alert(code, Level.WARNING, cause="OUTSIDE_SERIES", facts=facts)

    assert "{" not in alert.text
    assert alert.page.startswith("/")
    assert f"# {code}\n" in runbooks


def test_measures_have_the_library_and_the_flow(world: World) -> None:
    world.both(a_patron())
    world.rounds(1)
    put(world, "patron_sync.watermark", flow="push", library="2990000", run_id=a_run_id(),
        cicero_xid="1")  # fmt: skip

    found = {(str(one.gauge), one.library, one.flow): one.value for one in measures(world.ledger)}

    assert found["patron_sync.waiting", LIBRARY, "push"] == 0
    assert found["patron_sync.sequence_left", OTHER_LIBRARY, ""] == 5_000_000
    assert found["patron_sync.held_changes", LIBRARY, ""] == 0
    assert found["patron_sync.since_completed_seconds", "2990000", "push"] >= 0
