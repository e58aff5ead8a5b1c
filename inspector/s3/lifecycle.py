"""What of a lifecycle configuration B2 does not take.

apidocs/s3-put-lifecycle-configuration lists: transitions, Expiration by Date, ExpiredObjectDeleteMarker false,
NewerNoncurrentVersions, Status Disabled, filters by anything but a prefix, a Prefix outside a Filter, overlapping
prefixes, and an Expiration of Days without a rule on the same prefix whose ExpiredObjectDeleteMarker is true.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from inspector.s3.xml import local_name, parse


class Rule(NamedTuple):
    """A rule of a lifecycle configuration; `paths` are its elements with their texts, as (`Expiration/Days`, `1`)."""

    prefix: str
    paths: tuple[tuple[str, str], ...]

    def has(self, path: str, text: str | None = None) -> bool:
        """Whether the element stands in the rule, with that text where one is named."""
        return any(name == path and (text is None or value == text) for name, value in self.paths)


def read_rules(body: bytes) -> list[Rule]:
    """The rules of a lifecycle configuration, as far as its body goes. Never raises."""
    root = parse(body)
    if root is None or local_name(root) != "LifecycleConfiguration":
        return []
    return [_rule(tuple(_paths(child))) for child in root if local_name(child) == "Rule"]


def _rule(paths: tuple[tuple[str, str], ...]) -> Rule:
    prefixes = [text for path, text in paths if path in ("Prefix", "Filter/Prefix", "Filter/And/Prefix")]
    return Rule(prefixes[0] if prefixes else "", paths)


def _paths(element: object, above: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    for child in element:  # type: ignore[attr-defined]
        path = f"{above}{local_name(child)}"
        yield path, (child.text or "").strip()
        if depth < 3:
            yield from _paths(child, f"{path}/", depth + 1)


NOT_THERE = (
    ("Transition", None, "Transition"),
    ("NoncurrentVersionTransition", None, "NoncurrentVersionTransition"),
    ("Expiration/Date", None, "Expiration by Date"),
    ("Expiration/ExpiredObjectDeleteMarker", "false", "ExpiredObjectDeleteMarker false"),
    ("NoncurrentVersionExpiration/NewerNoncurrentVersions", None, "NewerNoncurrentVersions"),
    ("Status", "Disabled", "rules that are Disabled"),
    ("Filter/Tag", None, "a Filter by Tag"),
    ("Filter/And", None, "a Filter by And"),
    ("Filter/ObjectSizeGreaterThan", None, "a Filter by size"),
    ("Filter/ObjectSizeLessThan", None, "a Filter by size"),
    ("Prefix", None, "a Prefix outside a Filter"),
)
"""An element of a rule, the text that makes it one (None: any), and what to call it."""


def oddities_of_lifecycle(body: bytes) -> Iterator[str]:
    """What of a lifecycle configuration B2 does not take, each once, in words. Never raises."""
    rules = read_rules(body)
    said: dict[str, None] = {}
    for rule in rules:
        said.update(dict.fromkeys(words for path, text, words in NOT_THERE if rule.has(path, text)))
    yield from said
    yield from _between(rules)


def _between(rules: list[Rule]) -> Iterator[str]:
    """What only several rules together show."""
    twins = {rule.prefix for rule in rules if rule.has("Expiration/ExpiredObjectDeleteMarker", "true")}
    alone = [rule.prefix for rule in rules if rule.has("Expiration/Days") and rule.prefix not in twins]
    if alone:
        yield f"an Expiration of Days without its ExpiredObjectDeleteMarker twin (prefix {alone[0]!r})"
    prefixes = list(dict.fromkeys(rule.prefix for rule in rules))[:100]
    for one, other in combinations(prefixes, 2):
        if one.startswith(other) or other.startswith(one):
            yield f"prefixes that overlap ({one!r} and {other!r})"
            return
