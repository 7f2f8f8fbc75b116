"""Make mutants of a SQL statement: copies with one small fault each, as a person might make it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlfluff.core import FluffConfig, Linter

Segment = Any  # of sqlfluff, whose tree keeps the place of each word in the file

_SWAPS = {
    "and": "or", "or": "and", "=": "<>", "<>": "=", "<": "<=", "<=": "<", ">": ">=", ">=": ">",
    "~": "!~", "!~": "~", "true": "false", "false": "true", "desc": "asc", "union": "except",
    "min": "max", "max": "min",
}  # fmt: skip
_CHAINS = ("and", "or")
_CONDITIONS = ("where_clause", "join_on_condition", "having_clause")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A statement with one fault; `place` is the line on which it begins."""

    line: int
    rule: str
    was: str
    becomes: str
    place: str
    text: str

    @property
    def key(self) -> tuple[str, ...]:
        """What names the mutant even when lines were added above it."""
        return self.rule, self.place, self.was, self.becomes


def mutants_of(text: str) -> list[Mutant]:
    """Return all mutants of a statement in the order of the text, none twice."""
    parsed = Linter(config=FluffConfig.from_root()).parse_string(text).root_variant()
    if parsed is None or parsed.tree is None or "unparsable" in parsed.tree.type_set():
        raise ValueError("sqlfluff cannot parse the statement; run make check")
    made: dict[str, Mutant] = {}
    for rule, start, end, becomes in _faults(parsed.tree, text):
        mutant = text[:start] + becomes + text[end:]
        if mutant == text:
            continue
        made.setdefault(
            mutant,
            Mutant(
                line=text.count("\n", 0, start) + 1,
                rule=rule,
                was=_flat(text[start:end]),
                becomes=_flat(becomes),
                place=_flat(text[text.rfind("\n", 0, start) + 1 :].partition("\n")[0]),
                text=mutant,
            ),
        )
    return sorted(made.values(), key=lambda mutant: mutant.line)


def _flat(text: str) -> str:
    return " ".join(text.split())


Fault = tuple[str, int, int, str]


def _faults(tree: Segment, text: str) -> Iterator[Fault]:
    for segment in tree.recursive_crawl_all():
        if segment.is_type("comparison_operator"):  # `<>` is two words of the tree
            yield from _swapped(segment)
        elif segment.is_raw() and not segment.is_type("raw_comparison_operator"):
            yield from _in_word(segment, tree)
        elif segment.is_type("case_expression"):
            yield from _in_case(segment, text)
        elif segment.is_type("expression"):
            yield from _in_expression(segment)
        elif segment.is_type(*_CONDITIONS):
            yield from _in_condition(segment)


def _in_word(word: Segment, tree: Segment) -> Iterator[Fault]:
    if word.is_type("keyword") and not word.is_type("boolean_literal"):
        yield from _in_keyword(word, tree)
    elif word.is_type("numeric_literal"):
        for step in (-1, 1):
            yield _replaced("number", [word], str(int(word.raw) + step))
    else:
        yield from _swapped(word)


def _swapped(segment: Segment) -> Iterator[Fault]:
    if segment.raw in _SWAPS:
        yield _replaced("swap", [segment], _SWAPS[segment.raw])


def _in_condition(clause: Segment) -> Iterator[Fault]:
    """Leave out a condition that is no chain; of a chain each operand is left out in turn."""
    (whole,) = clause.get_children("expression")
    if not any(part.raw in _CHAINS for part in whole.segments):
        yield _replaced("drop condition", [whole], "true")


def _in_keyword(word: Segment, tree: Segment) -> Iterator[Fault]:
    around = [part for part in tree.path_to(word)[-1].segment.segments if part.is_code]
    here = around.index(word)
    after = around[here + 1].raw if here + 1 < len(around) else ""
    before = around[here - 1].raw if here else ""
    match word.raw:
        case "is" if after == "not":
            yield _replaced("negate", around[here : here + 2], "is")
        case "is" if after in ("null", "distinct"):
            yield _replaced("negate", [word], "is not")
        case "not" if before != "is":
            yield _replaced("negate", [word], "")
        case "exists" | "in" if before != "not":
            yield _replaced("negate", [word], f"not {word.raw}")
        case "left":
            yield _replaced("join", [word], "inner")
        case "desc" | "union":
            yield from _swapped(word)
        case "distinct" if before not in ("is", "not"):
            yield _replaced("drop distinct", [word], "")


def _in_expression(expression: Segment) -> Iterator[Fault]:
    """Leave one operand out of a chain of `and` and `or`: what binds it says how it counts."""
    operands: list[list[Segment]] = [[]]
    operators = []
    for part in expression.segments:
        if part.is_type("binary_operator") and part.raw in _CHAINS:
            operators.append(part.raw)
            operands.append([])
        elif part.is_code:
            operands[-1].append(part)
    for number, operand in enumerate(operands if operators else []):
        is_conjunct = "and" in operators[max(0, number - 1) : number + 1]
        yield _replaced("drop operand", operand, "true" if is_conjunct else "false")


def _in_case(case: Segment, text: str) -> Iterator[Fault]:
    """Leave out one branch, and exchange what neighbours give."""
    branches = case.get_children("when_clause", "else_clause")
    results = [branch.get_children("expression")[-1] for branch in branches]
    for branch in branches:
        if branch.is_type("else_clause") or len(case.get_children("when_clause")) > 1:
            yield _replaced("drop branch", [branch], "")
        else:
            rest = _source(results[-1], text) if len(branches) > 1 else "null"
            yield _replaced("drop branch", [case], rest)
    for one, other in pairwise(results):
        _, start, end, _ = _replaced("", [one, other], "")
        first, second = _source(one, text), _source(other, text)
        between = text[start + len(first) : end - len(second)]
        yield "exchange results", start, end, second + between + first


def _source(segment: Segment, text: str) -> str:
    _, start, end, _ = _replaced("", [segment], "")
    return text[start:end]


def _replaced(rule: str, parts: list[Segment], becomes: str) -> Fault:
    start = parts[0].pos_marker.source_slice.start
    return rule, start, parts[-1].pos_marker.source_slice.stop, becomes
