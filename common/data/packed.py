"""Files that may be gzip, unpacked only as far as their size makes likely: a megabyte can hold a gigabyte of zeros."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path

from common.errors import UserError
from common.files import read_bytes

# DEFLATE reaches 1,032 times; texts, sequences and images stay below 20 times
MOST_TIMES = 100
ALWAYS_ALLOWED = 64 << 20  # bytes: a small file of one repeated row is none the worse for it
_MAGIC, _BLOCK = b"\x1f\x8b", 1 << 20


def read_unpacked(path: Path) -> bytes:
    """The content of a file, unpacked when it is gzip (told by its first bytes, not by its name).

    Raises:
        UserError: missing; a gzip file that is truncated or damaged; one that unpacks to more than 64 MiB and
            a hundred times its size.
    """
    raw = read_bytes(path)
    if raw[:2] != _MAGIC:
        return raw
    most = max(ALWAYS_ALLOWED, MOST_TIMES * len(raw))
    found, blocks = 0, []
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as file:
            while block := file.read(_BLOCK):
                found += len(block)
                if found > most:
                    raise UserError(
                        f"{path}: expected a gzip file of data, found one of {len(raw):,} bytes that unpacks to more "
                        f"than {most:,}; the file may be an attack, else unpack it yourself"
                    )
                blocks.append(block)
    except (EOFError, zlib.error, OSError) as error:
        raise UserError(f"{path}: expected a whole gzip file, found a damaged one ({error}); fetch it again") from error
    return b"".join(blocks)
