"""YAML whose values know their line, so that an error can say where it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class MarkedYaml:
    """
    A document.

    :param content: As ``yaml.safe_load`` gives it.
    :param lines: Line of each value, from 1, by the keys and indexes that lead to it.
    :param repeated: Keys that stand twice in one mapping, with the line of the second.
    """

    content: Any
    lines: dict[Place, int]
    repeated: list[tuple[str, int]]

    def line(self, place: Place) -> int:
        """Return the line of a value, or of the closest thing around it that is there."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


class NotPlainError(yaml.MarkedYAMLError):
    """The document has an alias or a tag; ``problem`` says what to write instead."""


class _PlainLoader(yaml.SafeLoader):
    """
    Knows no aliases and no tags.

    With aliases, a document of a few lines can mean more values than fit into memory.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            told = "write the value out instead of an alias of an anchor"
        elif getattr(event, "tag", None) is not None:
            told = "write the value without a tag, that is, without the word that begins with !"
        else:
            return super().compose_node(parent, index)
        raise NotPlainError(None, None, told, event.start_mark)


def load_marked(text: str) -> MarkedYaml:
    """
    Read one document.

    :raises NotPlainError: It has an alias or a tag.
    :raises yaml.YAMLError: It is not valid; ``problem_mark`` has the line, from 0.
    """
    loader = _PlainLoader(text)
    try:
        node = loader.get_single_node()
        content = None if node is None else loader.construct_document(node)
    finally:
        loader.dispose()
    marked = MarkedYaml(content, {}, [])
    if node is not None:
        _mark(node, (), marked)
    return marked


def _mark(node: yaml.Node, place: Place, marked: MarkedYaml) -> None:
    marked.lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            _mark(child, (*place, index), marked)
    elif isinstance(node, yaml.MappingNode):
        seen = set()
        for key, child in node.value:
            name = str(key.value)
            if name in seen:
                marked.repeated.append((name, key.start_mark.line + 1))
            seen.add(name)
            marked.lines.setdefault((*place, name), key.start_mark.line + 1)
            _mark(child, (*place, name), marked)
