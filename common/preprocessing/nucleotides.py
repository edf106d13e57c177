"""Nucleotide letters as codes, and what each code means as a distribution over A, C, G and T.

The letters are those of the IUPAC nomenclature for incompletely specified bases (Cornish-Bowden 1985, Nucleic Acids
Research 13:3021): R is A or G, N is any base. U is read as T, lower case (soft-masked) as upper case.

>>> encode("ACGTN")
array([1, 2, 3, 4, 5], dtype=uint8)
>>> reverse_complement("AACR")
'YGTT'
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from common.errors import UserError

# code 0 is padding; letter i has code i + 1, and may be any of the bases beside it
LETTERS = "ACGTNRYSWKMBDHV"
BASES = ("A", "C", "G", "T", "ACGT", "AG", "CT", "CG", "AT", "GT", "AC", "CGT", "AGT", "ACT", "ACG")
_COMPLEMENTS = str.maketrans("ACGTNRYSWKMBDHV", "TGCANYRSWMKVHDB")
_STRANGE = re.compile(f"[^{LETTERS}]")
_CODES = np.zeros(256, np.uint8)
_CODES[[ord(letter) for letter in LETTERS]] = np.arange(1, len(LETTERS) + 1)
SHORTEST, LONGEST = 20, 20_000  # nucleotides of a record
_AMINO_ACIDS = set("EFILPQZ")  # letters of proteins that no nucleotide has


@dataclass(frozen=True)
class Record:
    """One sequence.

    Attributes:
        name: what its file calls it.
        sequence: upper-case IUPAC letters, U already T.
    """

    name: str
    sequence: str

    def __len__(self) -> int:
        return len(self.sequence)


def distributions() -> np.ndarray:
    """(16, 4) float32: row = code, columns A, C, G, T; padding is all zeros, N a quarter each."""
    table = np.zeros((len(LETTERS) + 1, 4), np.float32)
    for code, bases in enumerate(BASES, 1):
        table[code, ["ACGT".index(base) for base in bases]] = 1 / len(bases)
    return table


def encode(sequence: str) -> np.ndarray:
    """(length,) uint8 codes of a sequence of `LETTERS`."""
    return _CODES[np.frombuffer(sequence.encode("latin-1"), np.uint8)]


def complements() -> np.ndarray:
    """(16,) uint8: the code of each code's complement."""
    return np.concatenate([[0], encode(LETTERS.translate(_COMPLEMENTS))]).astype(np.uint8)


def reverse_complement(sequence: str) -> str:
    """The other strand, read in its own direction."""
    return sequence.translate(_COMPLEMENTS)[::-1]


def clean(text: str, place: str) -> str:
    """Upper-case letters with U as T.

    Args:
        text: the letters of one record, without blanks.
        place: `file:line: record NAME`, for errors.

    Raises:
        UserError: another letter; names the record and the position from 1.
    """
    letters = text.upper().replace("U", "T")
    strange = _STRANGE.search(letters)
    if strange is None:
        return letters
    found = text[strange.start()]
    protein = len(_AMINO_ACIDS & set(letters)) > 2
    hint = "this looks like a protein; give nucleotides" if protein else "mend the record"
    raise UserError(
        f"{place}: expected nucleotides (A C G T U and IUPAC codes such as N), "
        f"found {found!r} at position {strange.start() + 1}; {hint}"
    )


def checked_length(sequence: str, place: str, shortest: int = SHORTEST, longest: int = LONGEST) -> str:
    """The sequence, when its length is one that the program takes.

    Raises:
        UserError: shorter or longer; names the record.
    """
    if not sequence:
        raise UserError(f"{place}: expected a sequence, found an empty record; remove it or fill it")
    if not shortest <= len(sequence) <= longest:
        wanted = f"exactly {shortest:,}" if shortest == longest else f"at least {shortest:,}"
        wanted = f"at most {longest:,}" if shortest != longest and len(sequence) > longest else wanted
        todo = "cut it into windows, or predict with --scan" if len(sequence) > longest else "remove it or lengthen it"
        raise UserError(f"{place}: expected {wanted} nucleotides, found {len(sequence):,}; {todo}")
    return sequence
