"""What strangers' files look like: valid ones with bytes flipped, cut, doubled, and what no reader likes put in."""

from __future__ import annotations

import gzip

from hypothesis import strategies as st

# put in at some place
HOSTILE = (
    b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\xff", b"\xe9", b"\xed\xa0\x80", b"\\ud800", b"\r", b"\r\n", b"\n\n",
    b"\x85", b"\xe2\x80\xa8", b"\xc2\xb2", b"\x1b[31m", b"9" * 400, b"9" * 5000, b"1e999", b"-1e999", b"1e308", b"-1",
    b"0", b"NaN", b"null", b"\t" * 300, b" " * 3000, b'"', b"'", b"," * 300, b"[" * 3000, b"{" * 50, b"x" * 100_000,
    b"../../etc/passwd", b"/dev/zero", b"<!ENTITY a 'a'>", b"&a;", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff",
    b"\x80\0\0\0",
)  # fmt: skip
_PLACE = st.integers(0, 1 << 16)
OPERATIONS = st.lists(st.tuples(st.integers(0, 9), _PLACE, _PLACE), min_size=1, max_size=5)


def mutated(raw: bytes, operations: list[tuple[int, int, int]]) -> bytes:
    """The bytes after some operations, each (kind, two numbers that say where and what)."""
    for kind, first, second in operations:
        place = first % (len(raw) + 1)
        end = min(len(raw), place + second % 64 + 1)
        lines = raw.split(b"\n")
        line = first % len(lines)
        if kind <= 2:
            raw = raw[:place] + HOSTILE[second % len(HOSTILE)] + raw[place:]
        elif kind == 3:
            raw = raw[:place] + bytes([second % 256]) + raw[place + 1 :]
        elif kind == 4:
            raw = raw[:place] + raw[end:]
        elif kind == 5:
            raw = raw[:place] + 2 * raw[place:end] + raw[end:]
        elif kind == 6:
            raw = b"\n".join(lines[:line] + lines[line + 1 :])
        elif kind == 7:
            raw = b"\n".join(lines[:line] + [lines[line]] * (second % 40) + lines[line:])
        elif kind == 8:
            raw = raw[:place]
        else:
            raw = _again(raw, second % 5)
    return raw


def _again(raw: bytes, way: int) -> bytes:
    """The whole file in another encoding or packing."""
    if way == 0:
        return raw.replace(b"\n", b"\r\n")
    if way == 1:
        return gzip.compress(raw, 1, mtime=0)
    if way == 2:
        return gzip.compress(raw, 1, mtime=0)[:-6]
    text = raw.decode("utf-8", "replace")
    return text.encode("utf-16") if way == 3 else text.encode("latin-1", "replace")
