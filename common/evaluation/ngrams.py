"""Word unigrams and bigrams as a sparse count matrix: what the text baselines see.

Bigrams are counted as pairs of word numbers, so 25,000 reviews take seconds and memory grows with the number of tokens,
not with the number of distinct strings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# Scripts written without spaces: every character is a word, and bigrams find the words of two characters.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_PUNCTUATION = r"!-/:-@\[-`{-~\u00a1-\u00bf\u2000-\u206f\u3000-\u303f\uff00-\uff0f\uff1a-\uff20"
TOKEN = re.compile(rf"[!?{_UNSPACED}]|[^\s{_PUNCTUATION}{_UNSPACED}]+")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_BLOCK = 4096  # texts at a time: bounds the memory between the texts and the matrix


def tokens(text: str) -> list[str]:
    """Lower-cased words and the marks `!` and `?`; HTML line breaks are dropped.

    >>> tokens("Don't<br />go!")
    ['don', 't', 'go', '!']
    """
    return TOKEN.findall(_BREAK.sub(" ", text).lower())


@dataclass(frozen=True)
class NGrams:
    """The kept unigrams and bigrams of a training split.

    Attributes:
        words: word -> number, from 0.
        keys: (features,) int64, ascending; word `w` has the key `w`, the pair `v w` the key `(v + 1) * len(words) + w`.
    """

    words: dict[str, int]
    keys: np.ndarray

    def counts(self, texts: Sequence[str]) -> csr_matrix:
        """How often each feature occurs in each text: (texts, features) float64, zeros not stored."""
        from scipy.sparse import csr_matrix, vstack

        blocks = [csr_matrix((0, len(self.keys)), dtype=np.float64)]
        for start in range(0, len(texts), _BLOCK):
            numbers, lengths = _numbered(texts[start : start + _BLOCK], lambda word: self.words.get(word, -1))
            blocks.append(self._matrix(numbers, lengths))
        return vstack(blocks, format="csr")

    def _matrix(self, numbers: np.ndarray, lengths: np.ndarray) -> csr_matrix:
        from scipy.sparse import csr_matrix

        shape = (len(lengths), len(self.keys))
        if not shape[1]:
            return csr_matrix(shape, dtype=np.float64)
        rows, keys = _keys(numbers, lengths, len(self.words))
        columns = np.minimum(np.searchsorted(self.keys, keys), shape[1] - 1)
        known = self.keys[columns] == keys
        # Equal positions add up.
        return csr_matrix((np.ones(int(known.sum())), (rows[known], columns[known])), shape=shape)


def fit_ngrams(texts: Sequence[str], min_texts: int) -> tuple[NGrams, csr_matrix]:
    """The unigrams and bigrams that occur in at least `min_texts` of the texts, and their counts in these texts."""
    from scipy.sparse import csr_matrix, vstack

    seen: dict[str, int] = {}
    numbers, lengths = _numbered(texts, lambda word: seen.setdefault(word, len(seen)))
    rows = np.repeat(np.arange(len(texts)), lengths)
    in_texts = np.bincount(np.unique(rows * max(len(seen), 1) + numbers) % max(len(seen), 1), minlength=len(seen))
    # A bigram is in no more texts than its words are, so rare words can go first.
    frequent = sorted(word for word, number in seen.items() if in_texts[number] >= min_texts)
    words = {word: number for number, word in enumerate(frequent)}
    renumber = np.full(len(seen), -1, np.int32)
    renumber[[seen[word] for word in frequent]] = np.arange(len(frequent))
    numbers = renumber[numbers]
    ends = np.concatenate([[0], np.cumsum(lengths)])
    blocks = [(start, min(start + _BLOCK, len(texts))) for start in range(0, len(texts), _BLOCK)]
    parts = [(numbers[ends[start] : ends[end]], lengths[start:end]) for start, end in blocks]
    kept, in_texts = np.zeros(0, np.int64), np.zeros(0, np.int64)
    for part in parts:
        rows, keys = _keys(*part, len(words))
        found, counts = np.unique(np.unique(keys * _BLOCK + rows) // _BLOCK, return_counts=True)
        kept, position = np.unique(np.concatenate([kept, found]), return_inverse=True)
        in_texts = np.bincount(position, np.concatenate([in_texts, counts]), len(kept)).astype(np.int64)
    ngrams = NGrams(words, kept[in_texts >= min_texts])
    empty = csr_matrix((0, len(ngrams.keys)), dtype=np.float64)
    return ngrams, vstack([empty, *(ngrams._matrix(*part) for part in parts)], format="csr")


def _numbered(texts: Sequence[str], number: Callable[[str], int]) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of the words of all texts in turn (int32), and how many words each text has (int64)."""
    lengths = np.zeros(len(texts), np.int64)

    def stream() -> Iterator[int]:
        for row, text in enumerate(texts):
            found = tokens(text)
            lengths[row] = len(found)
            yield from map(number, found)

    return np.fromiter(stream(), np.int32), lengths


def _keys(numbers: np.ndarray, lengths: np.ndarray, words: int) -> tuple[np.ndarray, np.ndarray]:
    """Text number and key of every unigram and bigram of known words: two int64 arrays of one length."""
    numbers = numbers.astype(np.int64)
    rows = np.repeat(np.arange(len(lengths)), lengths)
    single = numbers >= 0
    pair = single[:-1] & single[1:] & (rows[:-1] == rows[1:])
    bigrams = (numbers[:-1][pair] + 1) * words + numbers[1:][pair]
    return np.concatenate([rows[single], rows[:-1][pair]]), np.concatenate([numbers[single], bigrams])
