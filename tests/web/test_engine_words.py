"""Everything that the engine says of a patron has words of the pages, in each language."""

from __future__ import annotations

import ast
import inspect
from types import ModuleType

import pytest

from registry_operators.domain import explain_reasons, explain_rules
from registry_operators.steps import (
    decide_held_changes,
    explain_history,
    explain_outlook,
    explain_patron,
    explain_present,
)
from registry_operators.steps.data_sync import explain_records
from registry_operators.web.engine_words import in_words_of, without_hint
from registry_operators.web.explanation_words import RULES, TODO
from registry_operators.web.language import translations
from registry_operators.web.reason_words import REASONS
from registry_operators.web.run_words import KINDS, mismatch, reason, rule

NORWEGIAN = translations("nb").gettext


def sentences(module: ModuleType) -> list[str]:
    """Texts of facts, of what a run would do or did, and of refusals; {} where a value stands."""
    found: list[str] = []
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in {"Fact", "DecisionRefusedError"}:
                found += _texts(node.args[0])
        elif isinstance(node, ast.Yield | ast.Return | ast.Assign) and node.value is not None:
            found += _texts(node.value)
    return [text for text in found if " " in text and text[-1] in ".:;" and len(text) > 12]


def _texts(node: ast.expr) -> list[str]:
    match node:
        case ast.Constant(value=str() as text):
            return [text]
        case ast.JoinedStr():
            return ["".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )]  # fmt: skip
        case ast.Dict():
            return [text for value in node.values for text in _texts(value)]
        case ast.IfExp():
            return [*_texts(node.body), *_texts(node.orelse)]
        case ast.Tuple():
            return [text for value in node.elts for text in _texts(value)]
    return []


SPEAKING = (explain_patron, explain_present, explain_outlook, explain_history, explain_records)
SAID = sorted({without_hint(text) for module in SPEAKING for text in sentences(module)})
# Put together from pieces, each whole sentence of which stands in COMPOSED.
PIECEWISE = (
    "Agreed on the {} on {}; {}.", "A {} holds a change back with the set {} ({}) since {}; {}.",
    "Waits for the {} since {}{}: {}. {} {}{}.", "{} patron {}, at library {}.{}",
    "No patron in Cicero, and in library systems: {}.",
    "Not read: the run did not come to the end of the reading{}.",
    "Profile {} of type {}, created on {} by {}, last changed on {}.", "It has values in: {}.",
    "The {} card {} is blocked and is not sent.", "The {} card {} was replaced.",
    "The last completed {} of the library was {}.", "The library does not synchronise {}.",
    " The same person has {} more at other libraries.", "{} {}",
    "patron-sync why --ask looks the patron up as the library.",
)  # fmt: skip
COMPOSED = [
    *(f"Agreed on the {field} on 2026-03-02 06:00; {end}." for field in
      ("relation", "card number", "PIN") for end in
      ("and Cicero still has that value", "Cicero has changed since",
       "the registry was told of it")),
    *(f"A {flow} holds a change back with the set 1-2 (new consents) since 2026-03-02 06:00; {end}."
      for flow in ("push", "pull") for end in
      ("it is approved and about to be made", "a person decides until 2026-03-09 06:00")),
    *(f"Waits for the {flow} since 2026-03-02 06:00{tried}: UNAVAILABLE. The registry did not "
      f"answer. {end}." for flow in ("push", "pull")
      for tried in ("", ", tried once", ", tried 7 times") for end in
      (f"The next {flow} takes it up",
       "Trying again cannot help before a value changes or a person says so")),
    *(f"The {kind} card N·······61 {end}." for kind in ("national", "local")
      for end in ("is blocked and is not sent", "was replaced")),
    *(f"The last completed {flow} of the library was {when}." for flow in ("push", "pull")
      for when in ("never", "on 2026-03-02 06:00")),
    *(f"The library does not synchronise {what}." for what in
      ("card numbers", "PINs", "card numbers and PINs")),
    "The relation of a deleted patron: updated.",
    *(f"Not read: the run did not come to the end of the reading{code}." for code in
      ("", " (UNAVAILABLE)")),
    *(f"Profile 7 of type student, created on 2026-03-02 06:00 by {whom}, last changed on "
      "2026-03-02 06:00." for whom in ("run 1-2", "no data sync")),
    *(f"It has values in: {fields}." for fields in ("no field", "email, city")),
]  # fmt: skip


@pytest.mark.parametrize("text", [one for one in SAID if one not in PIECEWISE])
def test_a_sentence_of_the_engine_has_norwegian_words(text) -> None:
    filled = text.format(*("2026-03-02 06:00" for _ in range(text.count("{}"))))

    assert in_words_of(str, filled) == filled
    assert in_words_of(NORWEGIAN, filled) not in {None, filled}


@pytest.mark.parametrize("text", COMPOSED)
def test_a_sentence_of_pieces_has_norwegian_words(text) -> None:
    told = in_words_of(NORWEGIAN, text)

    assert told is not None
    assert not {"push", "pull", "the", "and", "once", "times"} & set(told.split())


def test_the_sentences_that_are_put_together_are_still_said() -> None:
    assert len(SAID) > 45
    summaries = (" ", "patron-sync", "{} patron", "No patron")
    pieces = [text for text in PIECEWISE if not text.startswith(summaries) and text[-1] == "."]
    assert [text for text in pieces if text not in SAID] == []


def test_values_and_codes_are_told_in_words() -> None:
    said = (
        "Waits for the pull since 2026-03-02 06:00, tried 3 times: UNAVAILABLE. The registry did "
        "not answer for this record, or the run ended before it was dealt with. The next pull "
        "takes it up."
    )

    assert in_words_of(NORWEGIAN, said) == (
        "Venter på en kjøring fra registeret siden 2026-03-02 06:00, forsøkt 3 ganger. "
        "Grunn: Registeret svarte ikke. Den neste tar det opp."
    )


def test_what_is_for_the_terminal_is_left_out() -> None:
    said = (
        "Whether the registry has something else only the registry can tell. patron-sync why --ask "
        "looks the patron up as the library."
    )

    assert in_words_of(str, said) == (
        "Whether the registry has something else only the registry can tell."
    )


def test_a_sentence_of_another_release_is_not_made_up() -> None:
    assert in_words_of(NORWEGIAN, "The moon is in the seventh house.") is None


@pytest.mark.parametrize(
    "text",
    [
        "kari started the run that asks and may not approve it; somebody else must "
        "(guards.approval.four_eyes)",
        "the time to decide is over; its patrons are compared again by the next run",
        "what waits has changed since it was shown; list it again and decide on that",
        "the set is applied by kari and cannot be decided again",
        "the set is superseded and cannot be decided again",
        "a decision needs a reason; say why in a few words",
    ],
)
def test_a_refusal_to_decide_has_norwegian_words(text) -> None:
    source = inspect.getsource(decide_held_changes).replace('"\n                f"', "").replace(
        '"\n                "', "").replace('"\n            "', "")  # fmt: skip

    assert in_words_of(NORWEGIAN, text) not in {None, text}
    assert text.partition("; ")[2][:20] in source


class TestCodes:
    def test_all_have_words(self) -> None:
        codes = {
            *explain_reasons._EXPLANATIONS, *explain_rules._FAILURES, *explain_rules._RULES
        }  # fmt: skip

        assert codes - set(REASONS) - set(RULES) == set()
        assert set(explain_rules._RULES) == set(RULES)

    def test_all_say_what_to_do(self) -> None:
        every = (
            *explain_reasons._EXPLANATIONS.values(), *explain_rules._FAILURES.values(),
            *explain_rules._RULES.values(),
        )  # fmt: skip

        assert {one.todo for one in every} == set(TODO)

    def test_of_another_release_stay_as_they_are(self) -> None:
        assert (reason("NEW_CODE"), rule("NEW_RULE"), reason(None)) == ("NEW_CODE", "NEW_RULE", "")
        assert mismatch("new_number") == "%(number)s should be %(expected)s and is %(found)s"

    def test_of_held_sets_are_those_of_the_schema(self, db) -> None:
        (definition,) = db.execute(
            "select pg_get_constraintdef(oid) from pg_constraint"
            " where conname = 'held_set_kind_check'"
        ).fetchone()

        assert all(f"'{kind}'" in definition for kind in KINDS)
        assert definition.count("::text") == len(KINDS) + definition.count("kind)::text")
