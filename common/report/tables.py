"""Metrics of a model and of the baselines beside it, as a table for the terminal and for Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from common.app import Interval, Metrics
from common.report.metric_names import best, lower_is_better

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

MODEL = "this model"
_MARK = "*"  # the best value of a metric, where there is something to compare


def interval_text(interval: Interval) -> str:
    """`0.9265 [0.9231, 0.9297]`; three significant digits at least, whatever the size."""
    digits = 4 if abs(interval.value) < 1000 else 1
    return f"{interval.value:.{digits}f} [{interval.low:.{digits}f}, {interval.high:.{digits}f}]"


def metrics_table(metrics: Metrics, baselines: Mapping[str, Metrics], title: str = "", width: int = 100) -> Table:
    """A rich table: a row for the model and each baseline, a column for each metric.

    Where that is wider than `width` it is turned into one row per metric and model, which fits 60 columns. The best
    value of each metric carries a star.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    rows = {MODEL: metrics, **baselines}
    names = _names(rows)
    cells = _cells(rows, names)
    widths = [max([len(name) + 2, *(len(cells[row][name]) for row in rows)]) for name in names]
    wide = max(map(len, rows)) + 2 + sum(column + 2 for column in widths)
    table = Table(title=Text(title) if title else None, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    if wide <= width:
        table.add_column("", overflow="fold")
        for name in names:
            table.add_column(_heading(name), justify="right", no_wrap=True)
        for row in rows:
            table.add_row(Text(row), *(Text(cells[row][name]) for name in names), style="bold" if row == MODEL else "")
        return table
    table.add_column("metric", no_wrap=True)
    table.add_column("", overflow="fold")
    table.add_column("value [95% interval]", justify="right", no_wrap=True)
    for name in names:
        having = [row for row in rows if name in rows[row]]
        for row in having:
            heading = _heading(name) if row == having[0] else ""
            style = "bold" if row == MODEL else ""
            table.add_row(heading, Text(row), cells[row][name], style=style, end_section=row == having[-1])
    return table


def print_metrics(
    metrics: Metrics, baselines: Mapping[str, Metrics], title: str = "", console: Console | None = None
) -> None:
    """Prints the table to the terminal, or as plain text (80 columns, or $COLUMNS) to a pipe or a file."""
    from rich.console import Console

    console = console or Console(highlight=False)
    console.print(metrics_table(metrics, baselines, title, console.width))
    if baselines:
        console.print(f"{_MARK} best value of the metric; intervals: 95%", style="dim")


def markdown_table(metrics: Metrics, baselines: Mapping[str, Metrics]) -> str:
    """The table in Markdown: a row for the model and each baseline, a column for each metric, the best value bold."""
    rows = {MODEL: metrics, **baselines}
    names = _names(rows)
    if not names:
        return "No metric is defined for these examples.\n"
    winners = {name: best(name, rows) if len(rows) > 1 else set() for name in names}
    lines = [["", *map(_heading, names)], ["---", *("---:" for _ in names)]]
    for row, values in rows.items():
        line = [escape_markdown(row)]
        for name in names:
            text = interval_text(values[name]) if name in values else "-"
            line.append(f"**{text}**" if row in winners[name] and name in values else text)
        lines.append(line)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def escape_markdown(text: str) -> str:
    """`text` on one line, with the characters that Markdown and its tables read specially escaped."""
    return re.sub(r"([\\`*\[\]<>|#])", r"\\\1", " ".join(text.split()))


def _names(rows: Mapping[str, Metrics]) -> list[str]:
    """Every metric of any row, in the order of their first appearance."""
    return list(dict.fromkeys(name for values in rows.values() for name in values))


def _heading(name: str) -> str:
    return f"{name} (lower)" if lower_is_better(name) else name


def _cells(rows: Mapping[str, Metrics], names: list[str]) -> dict[str, dict[str, str]]:
    cells: dict[str, dict[str, str]] = {row: dict.fromkeys(names, "-") for row in rows}
    for name in names:
        winners = best(name, rows) if len(rows) > 1 else set()
        for row in rows:
            if name in rows[row]:
                cells[row][name] = interval_text(rows[row][name]) + (f" {_MARK}" if row in winners else "")
            if winners and row not in winners:
                cells[row][name] += "  "
    return cells
