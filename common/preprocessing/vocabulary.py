"""A vocabulary: token <-> id, kept as one token a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from common.errors import UserError
from common.files import read_text, write_text

PAD, UNKNOWN = 0, 1
_RESERVED = ("<pad>", "<unk>")


@dataclass(frozen=True)
class Vocabulary:
    """Ids for tokens: 0 pads, 1 is any unknown token, the rest by falling frequency.

    Attributes:
        tokens: token of each id, the two reserved ones first.
    """

    tokens: tuple[str, ...]

    @classmethod
    def fit(cls, documents: Iterable[Sequence[str]], size: int, min_count: int = 1) -> Vocabulary:
        """The `size - 2` commonest tokens with at least `min_count` occurrences; ties in code point order."""
        counts = Counter(token for document in documents for token in document)
        for token in _RESERVED:
            counts.pop(token, None)
        ranked = sorted((-count, token) for token, count in counts.items() if count >= min_count)
        return cls((*_RESERVED, *(token for _, token in ranked[: max(0, size - len(_RESERVED))])))

    @cached_property
    def ids(self) -> dict[str, int]:
        """Token -> id."""
        return {token: index for index, token in enumerate(self.tokens)}

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, tokens: Sequence[str]) -> np.ndarray:
        """(len(tokens),) int32 ids."""
        lookup = self.ids.get
        return np.fromiter((lookup(token, UNKNOWN) for token in tokens), np.int32, len(tokens))

    def save(self, path: Path) -> None:
        """Writes one token a line, UTF-8."""
        write_text(path, "".join(token + "\n" for token in self.tokens))

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Reads what `save` wrote.

        Raises:
            UserError: not such a file, or a token occurs twice (file and line named).
        """
        tokens = tuple(read_text(path).removesuffix("\n").split("\n"))
        if tokens[: len(_RESERVED)] != _RESERVED:
            raise UserError(
                f"{path}:1: expected the lines {' and '.join(_RESERVED)}, found {tokens[0]!r}; restore the file"
            )
        seen: set[str] = set()
        for line, token in enumerate(tokens, 1):
            if token in seen:
                raise UserError(f"{path}:{line}: expected each token once, found {token!r} again; restore the file")
            seen.add(token)
        return cls(tokens)
