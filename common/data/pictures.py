"""Picture files, and the idx files of MNIST and EMNIST, as grey values."""

from __future__ import annotations

import math
import struct
import warnings
from pathlib import Path

import numpy as np

from common.data.packed import read_unpacked
from common.errors import UserError
from common.files import require_readable

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")
_FORMATS = ("PNG", "JPEG", "BMP", "TIFF")  # Pillow goes by content: of others, one starts Ghostscript
_MOST_PIXELS = 50_000_000


def read_picture(path: Path) -> np.ndarray:
    """(rows, columns) uint8 grey values of a picture file.

    Raises:
        UserError: unreadable, of another format than its kind of name says, or too large to be a line of text.
    """
    from PIL import Image

    require_readable(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damage that Pillow reads over, in lines of its own
            with Image.open(path, formats=_FORMATS) as picture:
                if picture.width * picture.height > _MOST_PIXELS:
                    raise UserError(f"{path}: expected an image of one line, found {picture.size} pixels; cut it out")
                return np.asarray(picture.convert("L"))
    except UserError:
        raise
    except Exception as error:  # a damaged picture fails in as many ways as there are decoders
        reason = str(error) or type(error).__name__
        raise UserError(f"cannot read {path} as an image: {reason}; convert it to PNG") from error


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
        UserError: unreadable, of another kind, empty, or shorter than its header says.
    """
    raw = read_unpacked(path)
    start = 4 + 4 * dimensions
    if len(raw) < start or raw[:4] != bytes([0, 0, 8, dimensions]):
        raise UserError(f"{path}: expected an idx file of bytes in {dimensions} dimensions, found another header")
    shape = struct.unpack(f">{dimensions}I", raw[4:start])
    if len(raw) - start != math.prod(shape) or not math.prod(shape):
        raise UserError(
            f"{path}: expected {max(1, math.prod(shape)):,} bytes after the header, found {len(raw) - start:,}; "
            "copy the file again"
        )
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)
