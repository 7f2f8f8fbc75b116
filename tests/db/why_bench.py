"""What the tests of "why (not) this patron?" share: asking, and finding one's way in an answer."""

from __future__ import annotations

from registry_operators.domain.why import Answer, Episode, Outlook, PatronStory
from registry_operators.steps.ask_about_patrons import Asking
from registry_operators.steps.explain_patron import Question, explain_patron
from tests.db.flow_world import World
from tests.factories import SECRETS


def ask(world: World, *, registry: bool = False, runs: int = 30, **question) -> Answer:
    return explain_patron(
        world.ledger, world.config, SECRETS, Question(**question),
        runs=runs, asking=Asking(world.registry.connect, "kari") if registry else None,
    )  # fmt: skip


def story(world: World, patron_id: int, *, registry: bool = False) -> PatronStory:
    (told,) = ask(world, patron_id=patron_id, registry=registry).patrons
    return told


def facts(told: PatronStory) -> str:
    return " ".join(fact.says for fact in told.facts)


def now(told: PatronStory, flow: str) -> Outlook:
    (outlook,) = (one for one in told.now if one.flow == flow)
    return outlook


def last(told: PatronStory, flow: str) -> Episode:
    return next(episode for episode in told.history if episode.flow == flow)


def code(part: Episode | Outlook) -> str | None:
    return part.reason.code if part.reason else None
