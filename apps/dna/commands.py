"""The application's own flags of `unroll predict` (a track along long records) and `unroll explain`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from common.console import say
from common.errors import UserError


def add_predict_flags(parser: Any) -> None:
    """`--scan` and what belongs to it."""
    parser.add_argument("--scan", action="store_true", help="slide a window along each record and write a track")
    parser.add_argument("--window", type=int, metavar="NT", help="its length (default: what the model was trained on)")
    parser.add_argument("--stride", type=int, metavar="NT", help="from window to window (default a tenth of it)")
    parser.add_argument("--label", metavar="CLASS", help="whose probability (default the last class)")
    parser.add_argument("--track", choices=["bedgraph", "bed"], default="bedgraph", help="(default bedgraph)")
    parser.add_argument("--threshold", type=float, default=0.5, metavar="P", help="of a BED region (default 0.5)")
    parser.add_argument("--output", metavar="FILE", help="where the track goes (default standard output)")


def add_explain_flags(parser: Any) -> None:
    """Which importance, of which class, to where."""
    parser.add_argument(
        "--method",
        choices=["gradient", "integrated", "mutagenesis", "all"],
        default="all",
        help="gradient times input, integrated gradients, in-silico mutagenesis (default all)",
    )
    parser.add_argument("--label", metavar="CLASS", help="the class explained (default each record's answer)")
    parser.add_argument("--limit", type=int, default=10, metavar="N", help="records drawn (default 10)")
    parser.add_argument("--output", default="explanation", metavar="DIR", help="(default explanation)")


def predict(options: argparse.Namespace, loaded: Any) -> bool:
    """Writes a track with `--scan`; False without."""
    if not options.scan:
        return False
    from apps.commands import read_inputs
    from apps.dna.scan import bed, bedgraph, scan
    from common.files import write_text

    preprocessor = loaded.preprocessor
    window = preprocessor.max_length if options.window is None else options.window
    if preprocessor.aligned and window != preprocessor.max_length:
        raise UserError(
            f"--window: expected {preprocessor.max_length}, the length of the model's windows, found {window}"
        )
    if not preprocessor.shortest <= window <= preprocessor.max_length:
        raise UserError(
            f"--window: expected {preprocessor.shortest} to {preprocessor.max_length} nt, found {window}; correct it"
        )
    stride = max(1, window // 10) if options.stride is None else options.stride
    if not 1 <= stride <= window:
        raise UserError(f"--stride: expected 1 to {window} nt, found {stride}; correct it")
    if not 0 <= options.threshold <= 1:
        raise UserError(f"--threshold: expected a probability from 0 to 1, found {options.threshold}; correct it")
    label = label_index(preprocessor, options.label)
    bins = scan(loaded, read_inputs(options, loaded.app), window, stride, label)
    name = f"{loaded.app.name} {preprocessor.labels[label]}"
    text = (
        bedgraph(bins, name)
        if options.track == "bedgraph"
        else bed(bins, preprocessor.labels[label], options.threshold)
    )
    if options.output:
        write_text(Path(options.output), text)
        say(f"done: {options.output}")
    else:
        sys.stdout.write(text)
    return True


def explain(options: argparse.Namespace, loaded: Any) -> None:
    """Writes importance.tsv and a sequence logo for each record."""
    from apps.commands import read_inputs
    from apps.dna.explain import METHODS, explain_records

    output = Path(options.output)
    if output.exists() and not (
        output.is_dir() and (not any(output.iterdir()) or (output / "importance.tsv").is_file())
    ):
        raise UserError(
            f"--output {output}: expected no folder, or one of `unroll explain`, found other files; choose another"
        )
    if options.limit < 1:
        raise UserError(f"--limit: expected 1 or more, found {options.limit}; correct it")
    records = read_inputs(options, loaded.app)
    methods = METHODS if options.method == "all" else (options.method,)
    label = None if options.label is None else label_index(loaded.preprocessor, options.label)
    explain_records(loaded, records, methods, label, output, options.limit)
    say(f"done: {output} (importance.tsv and logos)")


def label_index(preprocessor: Any, name: str | None) -> int:
    """The index of a class; of the last one without a name.

    Raises:
        UserError: there is no such class.
    """
    labels = preprocessor.labels
    if name is None:
        return len(labels) - 1
    if name not in labels:
        raise UserError(f"--label: expected a class of {', '.join(labels)}, found {name!r}; choose one of them")
    return int(labels.index(name))
