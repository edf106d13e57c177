"""Picture files, and the idx files of MNIST and EMNIST, as grey values."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np

from common.errors import UserError

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")
_MOST_PIXELS = 50_000_000


def read_picture(path: Path) -> np.ndarray:
    """(rows, columns) uint8 grey values of a picture file.

    Raises:
        UserError: unreadable, or too large to be a line of text.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise UserError(f"{path}: expected an image of one line, found {picture.size} pixels; cut it out")
            return np.asarray(picture.convert("L"))
    except (OSError, UnidentifiedImageError, SyntaxError, Image.DecompressionBombError) as error:
        raise UserError(f"cannot read {path} as an image: {error}; convert it to PNG") from error


def read_idx_images(path: Path) -> np.ndarray:
    """(images, rows, columns) uint8 of an idx file; EMNIST's, stored with rows and columns exchanged, turned back.

    Raises:
        UserError: as `read_idx`.
    """
    images = read_idx(path, 3)
    return images.transpose(0, 2, 1) if path.name.startswith("emnist") else images


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """The unsigned bytes of an idx file (LeCun), gzipped or not, as an array of so many dimensions.

    Raises:
        UserError: unreadable, of another kind, or shorter than its header says.
    """
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"cannot read {path}: {error}; copy the file again") from error
    start = 4 + 4 * dimensions
    if len(raw) < start or raw[:4] != bytes([0, 0, 8, dimensions]):
        raise UserError(f"{path}: expected an idx file of bytes in {dimensions} dimensions, found another header")
    shape = struct.unpack(f">{dimensions}I", raw[4:start])
    if len(raw) - start != int(np.prod(shape, dtype=np.int64)):
        raise UserError(
            f"{path}: expected {np.prod(shape, dtype=np.int64):,} bytes after the header, found {len(raw) - start:,}; "
            "copy the file again"
        )
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)
