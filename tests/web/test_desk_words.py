"""Every code that the desk may have to tell has words of its own."""

from __future__ import annotations

import pytest

from registry_operators.desk.look_up_patron import RegistrySays
from registry_operators.desk.refusals import Refusal
from registry_operators.domain.creation import (
    RULES,
    Actor,
    CreationCase,
    LookUp,
    Queue,
    Sending,
    ValueSource,
    decide_creation,
)
from registry_operators.domain.explain_rules import _FAILURES
from registry_operators.domain.reasons import Reason
from registry_operators.web.reason_words import REASONS
from registry_operators.web.refusal_words import REFUSALS
from registry_operators.web.views import desk_words
from tests.factories import LIBRARY, a_config


def test_every_reason_queue_and_failure_has_words():
    queues = {queue for queue in Queue if queue is not Queue.NONE}

    assert REASONS.keys() == {*Reason, *queues, "NOT_YET_COMPARED", *_FAILURES}


def test_every_refusal_has_words():
    assert REFUSALS.keys() == set(Refusal)


def test_every_way_of_a_creation_has_words():
    assert desk_words.CARD_SOURCES.keys() == set(ValueSource) - {ValueSource.DEFAULT}
    assert desk_words.LOOK_UPS.keys() == {*LookUp, None}
    assert desk_words.QUEUES.keys() == set(Queue)
    assert desk_words.SENDINGS.keys() == set(Sending)
    assert desk_words.LOOKED_UP.keys() == set(RegistrySays)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.name}-{rule.look_up}")
def test_why_is_told_of_the_row_that_decided(rule):
    library = a_config().libraries[LIBRARY]
    case = CreationCase(
        Actor.LIBRARIAN, rule.consent, bool(rule.card), bool(rule.pin),
        rule.syncs_card is not False, rule.syncs_pin is not False,
    )  # fmt: skip
    creation = decide_creation(case, rule.look_up)

    assert creation.rule == rule.name
    assert creation.look_up is rule.look_up
    assert ("was asked for it" in desk_words.why(creation)) == (rule.look_up is not None)
    assert desk_words.pin_source(creation, library)
    assert desk_words.next_push(creation)


def test_a_code_of_another_release_stays_as_it_is():
    assert desk_words.reason("FROM_TOMORROW") == "FROM_TOMORROW"
