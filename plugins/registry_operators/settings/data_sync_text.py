"""
Write the document of a data sync, or change some of it and leave the rest as it was written.

What is not changed keeps its lines, with remarks and blanks. Of ``filter`` and ``mapping`` that
holds for each row. Where a document is laid out so that this cannot be done, all of it is written
anew, and the remarks in it are lost; the answer says how many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from registry_operators.errors import ConfigurationError
from registry_operators.settings.data_sync import KEYS, name_of, refuse_too_long
from registry_operators.settings.marked_yaml import load_marked

_ROWS = ("filter", "mapping")
_WIDEST = 100_000


@dataclass(frozen=True, slots=True)
class ChangedText:
    """
    A document after a change.

    :param lost_remarks: Remarks of the text before that are not in it any more.
    """

    text: str
    lost_remarks: int


@dataclass(frozen=True, slots=True)
class _Part:
    """
    A key or a row with its lines, the remarks above it among them.

    :param value: What it says.
    :param node: Where it stands.
    """

    name: str
    value: Any
    node: yaml.Node
    lines: str


def read_content(text: str) -> dict[str, Any] | None:
    """Return what a document says, ``None`` where it is no YAML of that kind."""
    try:
        refuse_too_long(text)
        content = load_marked(text).content
    except (yaml.YAMLError, ValueError, RecursionError, ConfigurationError):
        return None
    return content if isinstance(content, dict) and all(map(_is_text, content)) else None


def write_document(content: Mapping[str, Any]) -> str:
    """
    Write a document in the form of ``docs/data_syncs.md``, its keys in their order.

    >>> print(write_document({"type": "create", "name": "a", "filter": [{"field": "x"}]}), end="")
    name: a
    type: create
    filter:
      - {field: x}
    """
    ordered = [
        *(key for key in KEYS if key in content),
        *(key for key in content if key not in KEYS),
    ]
    return "".join(_key_lines(key, content[key]) for key in ordered)


def change_document(text: str, changes: Mapping[str, Any]) -> ChangedText:
    """
    Give some keys another value; ``None`` takes a key out.

    :param text: A document that :func:`read_content` can read.
    """
    before = read_content(text) or {}
    wanted = {
        key: value
        for key, value in {**before, **changes}.items()
        if changes.get(key, "") is not None
    }
    if wanted == before and _types(wanted) == _types(before):
        return ChangedText(text, 0)
    changed = _changed_lines(text, before, wanted)
    if changed is None or not _says(changed, wanted):
        changed = write_document(wanted)
    lost = Counter(_remarks(text)) - Counter(_remarks(changed))
    return ChangedText(changed, lost.total())


def rename(text: str, name: str) -> str:
    """
    Return a document with another name, otherwise as it was written.

    :raises ConfigurationError: It is no YAML, or has no name.
    """
    name_of(text)
    return change_document(text, {"name": name}).text


def _changed_lines(text: str, before: Mapping[str, Any], wanted: Mapping[str, Any]) -> str | None:
    root = _compose(text)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        return None
    nodes = [(str(key.value), key, value) for key, value in root.value]
    parts = _parts(text, nodes, column=0)
    if parts is None:
        return None
    head, found, foot = parts
    lines = {
        part.name: part.lines
        if _same(before[part.name], wanted[part.name])
        else _new_lines(part, wanted[part.name])
        for part in found
        if part.name in wanted
    }
    order = list(lines)
    for key in (key for key in KEYS if key in wanted and key not in lines):
        lines[key] = _key_lines(key, wanted[key])
        earlier = [
            known for known in order if known in KEYS and KEYS.index(known) < KEYS.index(key)
        ]
        order.insert(order.index(earlier[-1]) + 1 if earlier else 0, key)
    return head + "".join(_ended(lines[key]) for key in order) + foot


def _new_lines(part: _Part, value: Any) -> str:
    """Return the lines of a key with another value; remarks are kept where there is a place."""
    is_row = part.name in _ROWS and isinstance(value, list) and value
    if is_row and isinstance(part.node, yaml.SequenceNode) and not part.node.flow_style:
        return _new_rows(part, value)
    lines = part.lines.splitlines()
    above = "".join(f"{line}\n" for line in lines if _is_remark(line))
    written = [line for line in lines if not _is_remark(line)]
    fresh = _key_lines(part.name, value)
    remark = next(_remarks(written[0]), "") if len(written) == 1 else ""
    if not remark or fresh.count("\n") > 1:
        return above + fresh
    said = written[0][: written[0].rindex(remark)]
    blanks = said[len(said.rstrip()) :]
    return f"{above}{fresh.rstrip()}{blanks}{remark}\n"


def _new_rows(part: _Part, values: Sequence[Any]) -> str:
    """Return the lines of a list, in which each row that is as before keeps its own."""
    nodes = part.node.value
    column = nodes[0].start_mark.column - 2 if nodes else 2
    named = [(str(number), node, node) for number, node in enumerate(nodes)]
    parts = _parts(part.lines, _moved(named, part), column=max(column, 0), is_list=True)
    if parts is None:
        return _key_lines(part.name, values)
    head, rows, foot = parts
    left = list(rows)
    out = []
    for value in values:
        same = next((row for row in left if _same(row.value, value)), None)
        if same is None:
            out.append(f"{' ' * max(column, 0)}- {_flow(value)}\n")
        else:
            left.remove(same)
            out.append(_ended(same.lines))
    return _ended(head) + "".join(out) + foot


def _moved(
    nodes: Sequence[tuple[str, yaml.Node, yaml.Node]], part: _Part
) -> list[tuple[str, yaml.Node, yaml.Node]]:
    """Compose a list anew from its own lines, so that its marks count from their beginning."""
    again = _compose(part.lines)
    if not isinstance(again, yaml.MappingNode):
        return list(nodes)
    rows = again.value[0][1].value
    return [(name, row, row) for (name, _, _), row in zip(nodes, rows, strict=True)]


def _parts(
    text: str,
    nodes: Sequence[tuple[str, yaml.Node, yaml.Node]],
    *,
    column: int,
    is_list: bool = False,
) -> tuple[str, list[_Part], str] | None:
    """
    Cut a text into what stands before its keys or rows, these, and what stands behind them.

    ``None`` where two of them share a line, or one does not begin where it should.
    """
    lines = text.splitlines(keepends=True)
    begin = column + (2 if is_list else 0)
    starts = [key.start_mark.line for _, key, _ in nodes]
    if len(set(starts)) < len(starts) or any(key.start_mark.column != begin for _, key, _ in nodes):
        return None
    tops = [
        _top(lines, start, starts[number - 1] if number else -1)
        for number, start in enumerate(starts)
    ]
    last = _last_line(text) + 1
    ends = [*tops[1:], last]
    parts = [
        _Part(name, _value(value), value, "".join(lines[top:end]))
        for (name, _, value), top, end in zip(nodes, tops, ends, strict=True)
    ]
    return "".join(lines[: tops[0] if tops else last]), parts, "".join(lines[last:])


def _top(lines: Sequence[str], start: int, before: int) -> int:
    """Return the first line of the remarks that stand directly above a line."""
    top = start
    while top - 1 > before and _is_remark(lines[top - 1]):
        top -= 1
    return top


def _last_line(text: str) -> int:
    """Return the last line with anything but remarks and blanks."""
    ends = [
        token.end_mark.line
        for token in _tokens(text)
        if token.end_mark.index > token.start_mark.index
    ]
    return max(ends, default=-1)


def _remarks(text: str) -> Iterator[str]:
    """Yield the remarks of a document, in order."""
    place = 0
    for token in _tokens(text):
        yield from _remarks_in(text[place : token.start_mark.index])
        place = max(place, token.end_mark.index)
    yield from _remarks_in(text[place:])


def _remarks_in(gap: str) -> Iterator[str]:
    for line in gap.splitlines():
        _, sign, remark = line.partition("#")
        if sign:
            yield f"#{remark.rstrip()}"


def _tokens(text: str) -> list[Any]:
    return list(yaml.scan(text, Loader=yaml.SafeLoader))


def _compose(text: str) -> yaml.Node | None:
    return yaml.compose(text, Loader=yaml.SafeLoader)


def _value(node: yaml.Node) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node, deep=True)
    finally:
        loader.dispose()


def _key_lines(key: str, value: Any) -> str:
    if key in _ROWS and isinstance(value, list) and value:
        return f"{key}:\n" + "".join(f"  - {_flow(row)}\n" for row in value)
    return f"{key}: {_flow(value)}\n"


def _flow(value: Any) -> str:
    """Write a value in one line."""
    written = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=_WIDEST
    )
    return written.removesuffix("...\n").strip()


def _says(text: str, wanted: Mapping[str, Any]) -> bool:
    try:
        marked = load_marked(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return False
    return not marked.repeated and _same(marked.content, dict(wanted))


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) and _types(one) == _types(other)


def _types(value: Any) -> Any:
    """Return the kinds of a value's parts, because ``True`` equals 1."""
    match value:
        case dict():
            return {key: _types(part) for key, part in value.items()}
        case list():
            return [_types(part) for part in value]
    return type(value)


def _is_remark(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _ended(lines: str) -> str:
    return lines if not lines or lines.endswith("\n") else f"{lines}\n"
