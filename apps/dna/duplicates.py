"""Which records are the same: equal sequences, reverse complements, and whatever shares a group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from common.data.splits import Examples, text_key
from common.preprocessing.nucleotides import Record, reverse_complement


def canonical(sequence: str) -> str:
    """One key for a sequence and its reverse complement: the first of the two in the alphabet."""
    return min(sequence, reverse_complement(sequence))


def keys_of(parts: Mapping[str, Examples]) -> dict[str, list[bytes]]:
    """Split name -> the key of the canonical sequence of each record."""
    return {name: [text_key(canonical(record.sequence)) for record in part.inputs] for name, part in parts.items()}


def linked_groups(records: Sequence[Record], groups: Sequence[str]) -> list[int]:
    """One number per record; records that share a sequence (of either strand) or a group, directly or through others,
    have the same (union-find: Tarjan 1975).

    Args:
        records: the sequences.
        groups: a key each, empty for none.
    """
    parent = list(range(len(records)))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    first: dict[tuple[str, str | bytes], int] = {}
    for row, (record, group) in enumerate(zip(records, groups or [""] * len(records), strict=True)):
        keys: Iterable[tuple[str, str | bytes]] = [("sequence", text_key(canonical(record.sequence)))]
        for key in (*keys, *([("group", group)] if group else [])):
            other = root(first.setdefault(key, row))
            mine = root(row)
            parent[max(other, mine)] = min(other, mine)
    return [root(row) for row in range(len(records))]


def repeated_across(keys: Mapping[str, Sequence[bytes]]) -> dict[tuple[str, str], int]:
    """(split, split) -> number of distinct sequences that stand in both; only where there are any."""
    found = {}
    for first, second in combinations(keys, 2):
        both = set(keys[first]) & set(keys[second])
        if both:
            found[first, second] = len(both)
    return found


class Conflict(NamedTuple):
    """The same sequence under two labels: where it stood first, and where it stood with another label."""

    first: str
    second: str
    crossing: bool


def conflicts(parts: Mapping[str, Examples], keys: Mapping[str, Sequence[bytes]]) -> list[Conflict]:
    """One entry for each sequence with more than one label."""
    seen: dict[bytes, tuple[int, str, str]] = {}
    found: dict[bytes, Conflict] = {}
    for name, part in parts.items():
        for row, (key, target) in enumerate(zip(keys[name], part.targets, strict=True)):
            place = part.origins[row] if part.origins else f"{name}[{row}]"
            first_target, first_place, first_name = seen.setdefault(key, (target, place, name))
            if first_target != target and key not in found:
                found[key] = Conflict(first_place, place, first_name != name)
    return list(found.values())
