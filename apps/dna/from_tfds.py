"""DNA data sets of tensorflow-datasets, such as `genomics_ood` (Ren et al. 2019): a sequence and a class."""

from __future__ import annotations

from typing import Any

from apps.dna.formats import LABEL_COLUMNS, SEQUENCE_COLUMNS
from apps.dna.source import PART_NAMES, Source
from common.data import tfds
from common.data.splits import Examples
from common.errors import UserError
from common.preprocessing.nucleotides import Record, checked_length, clean


def read(config: Any, source: str) -> Source:
    """Reads `tfds:NAME`: features by the names that columns have, class names from the ClassLabel.

    Raises:
        UserError: the data set is not there, has no such features, or a sequence is none.
    """
    data = tfds.open_dataset(source.removeprefix(tfds.PREFIX), config.download)
    sequence = _feature(data, config.sequence_column, SEQUENCE_COLUMNS, source, "sequence")
    label = _feature(data, config.label_column, LABEL_COLUMNS, source, "label")
    names = tuple(getattr(data.features[label], "names", None) or ())
    parts: dict[str, Examples] = {}
    notes = []
    for split in data.splits:
        part = PART_NAMES.get(split)
        if part is None or part in parts:
            notes.append(f"split {split} not read (its classes are others, or its name is not known)")
            continue
        records, targets, origins = [], [], []
        for row, example in enumerate(data.rows(split)):
            place = f"{source}/{split}:{row}"
            letters = example[sequence]
            text = letters.decode("latin-1") if isinstance(letters, bytes) else str(letters)
            records.append(Record(f"row_{row}", checked_length(clean(text.strip(), place), place)))
            value = int(example[label])
            targets.append(names[value] if 0 <= value < len(names) else str(value))
            origins.append(place)
        parts[part] = Examples(records, targets, origins)
    present = {target for part in parts.values() for target in part.targets}
    labels = tuple(name for name in names if name in present)  # out-of-distribution classes have no example here
    described = f"tensorflow-datasets {data.builder.info.full_name}, sequence in `{sequence}`, label in `{label}`"
    return Source(parts, described, labels, tuple(notes))


def _feature(data: tfds.Dataset, named: str, known: tuple[str, ...], source: str, kind: str) -> str:
    found = named or next((name for name in known if name in data.features), "")
    if found not in data.features:
        raise UserError(
            f"{source}: expected a {kind} feature, found {', '.join(data.features)}; name it with --{kind}-column"
        )
    return found
