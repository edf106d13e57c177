"""XML of unknown origin: no entities, no external files, one line where it is broken."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from common.errors import UserError
from common.files import read_bytes

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def read_xml(path: Path) -> Element:
    """The root element of an XML file.

    Raises:
        UserError: missing, truncated or malformed (line named), or with entity declarations (an XML bomb).
    """
    raw = read_bytes(path)
    try:
        # in one piece: fed in blocks, expat before 2.6 begins a long token anew with each of them
        root: Element | None = fromstring(raw, forbid_dtd=False)
    except ParseError as error:
        line, column = error.position
        raise UserError(
            f"{path}:{line}: expected well-formed XML, found an error at column {column}: {str(error).split(':')[0]}; "
            "copy the file again"
        ) from error
    except DefusedXmlException as error:
        raise UserError(
            f"{path}: expected XML without entity declarations, found {type(error).__name__}; "
            "the file may be an attack, remove it"
        ) from error
    except (LookupError, ValueError) as error:  # of the encoding that it names
        raise UserError(f"cannot read {path}: {error}; check the file") from error
    if root is None:
        raise UserError(f"{path}: expected an XML element, found none; copy the file again")
    return root
