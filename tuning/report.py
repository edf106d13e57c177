"""What a study found, for people: tables, a Pareto plot, TensorBoard, and a summary page."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from common.files import atomic_path, write_json, write_text
from common.report.metric_names import goodness
from tuning.importance import importance
from tuning.records import COMPLETED, FAILED, REJECTED, REPEATED, RUNNING
from tuning.study import Study

BEST = "best.json"
_SHOWN = 12
# field of a trial's cost -> what it is
COSTS = {"size_kb": "KB as int8", "latency_us": "us an inference", "multiply_adds": "multiply-adds an inference"}


def live_table(study: Study, workers: int) -> Table:
    """The latest trials, the best so far and the time left."""
    rows, best, names = study.records(), study.best(), [one.name for one in study.plan.ranges]
    left = study.seconds_left(workers)
    title = f"{study.plan.app.name}: {len(rows)} trials, {study.plan.objective} best so far "
    title += f"{best['value']:.4f} (trial {best['trial']})" if best else "none"
    title += f", about {left / 60:.0f} min left" if left is not None else ""
    table = Table(title=title)
    for head in ("trial", study.plan.objective, "KB", "us", "multiply-adds", "s", *names):
        table.add_column(head, overflow="fold")
    for row in rows[-_SHOWN:]:
        state = f"{row['value']:.4f}" if row["status"] in (COMPLETED, REPEATED) else row["status"]
        cost = row.get("cost") or {}
        figures = [*(_figure(cost.get(name)) for name in COSTS), _figure(row.get("seconds"))]
        star = "*" if best and row["trial"] == best["trial"] else ""
        table.add_row(row["trial"] + star, state, *figures, *(_value(row["values"].get(name)) for name in names))
    return table


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _value(value: Any) -> str:
    return "" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)


def write_report(study: Study) -> dict[str, Any] | None:
    """Writes best.json, summary.md, pareto.png and TensorBoard's HParams logs into the study's folder.

    Returns:
        The record of the best trial; None when none completed.
    """
    best = study.best()
    if best is None:
        return None
    write_json(study.folder / BEST, {name: value for name, value in best["config"].items() if name != "app"})
    write_text(study.folder / "summary.md", summary(study, best))
    pareto_plot(study, study.folder / "pareto.png")
    _hparams(study)
    return best


def summary(study: Study, best: Mapping[str, Any]) -> str:
    """The study as Markdown."""
    plan, rows = study.plan, study.records()
    counts = {
        status: sum(row["status"] == status for row in rows)
        for status in (COMPLETED, REPEATED, REJECTED, FAILED, RUNNING)
    }
    told = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    synthetic = " (SYNTHETIC data)" if plan.base.data == "sample" else ""
    lines = [
        f"# Search: {plan.app.name} on {plan.base.data}{synthetic}",
        "",
        f"{plan.algorithm}, seed {plan.base.seed}: {told}. Objective: validation {plan.objective}; "
        "the test split was not read.",
        f"Best: trial {best['trial']}, {plan.objective} {best['value']:.4f} in epoch {best['best_epoch']} of "
        f"{best['epochs']}, "
        f"{best['parameters']:,} parameters. `unroll train {plan.app.name} --config best.json` trains it again.",
        _beginning(study),
        "",
        *_confirmed(study),
    ]
    for cost, unit in COSTS.items():
        front = study.pareto(cost)
        if not front:
            continue
        names = [one.name for one in plan.ranges]
        lines += [
            f"## {plan.objective} against {unit}",
            "",
            f"| trial | {unit} | {plan.objective} | {' | '.join(names)} |",
        ]
        lines.append("|---" * (3 + len(names)) + "|")
        for row in front:
            values = " | ".join(_value(row["values"].get(name)) for name in names)
            lines.append(f"| {row['trial']} | {row['cost'][cost]:,.0f} | {row['value']:.4f} | {values} |")
        lines.append("")
    shares = importances(study)
    if shares:
        lines += [
            "## What mattered",
            "",
            "Shares in what a random forest explains of the trials; with few trials a hint.",
            "",
        ]
        lines += [f"- {name}: {share:.0%}" for name, share in shares.items()] + [""]
    failed = [row for row in rows if row["status"] in (FAILED, REJECTED)]
    if failed:
        lines += ["## Trials without a result", ""]
        lines += [f"- {row['trial']}: {row.get('error', row['status'])}" for row in failed]
    return "\n".join(lines) + "\n"


def _beginning(study: Study) -> str:
    """What the search set out from: a find is worth what it adds to that."""
    initial = study.initial()
    if initial is None:
        return "The configuration that the search began with lies outside its space, or has no result."
    return f"It began with {study.plan.objective} {initial['value']:.4f} (trial {initial['trial']}, nothing changed)."


def _confirmed(study: Study) -> list[str]:
    """The finalists' table, best first; nothing where none was trained again."""
    rows = study.confirmed()
    if not rows:
        return []
    initial, seeds = study.initial(), len(rows[0][1])
    lines = [
        f"## Confirmed with {seeds} other seed{'s' if seeds > 1 else ''}",
        "",
        "The best of many scores is partly luck; these were trained again, the splits being the same.",
        "",
        f"| trial | {study.plan.objective} in the search | mean of other seeds | lowest | highest |",
        "|---|---|---|---|---|",
    ]
    for row, values in rows:
        name = row["trial"] + (", nothing changed" if initial and row["trial"] == initial["trial"] else "")
        mean = statistics.mean(values)
        lines.append(f"| {name} | {row['value']:.4f} | {mean:.4f} | {min(values):.4f} | {max(values):.4f} |")
    return [*lines, ""]


def importances(study: Study) -> dict[str, float]:
    """The share of each hyperparameter; empty with few trials."""
    rows = [row for row in study.ended() if row["status"] == COMPLETED]
    scores = [goodness(study.plan.objective, row["value"]) for row in rows]
    return importance(study.plan.ranges, [row["values"] for row in rows], scores)


def pareto_plot(study: Study, path: Path) -> None:
    """Objective against each cost: every trial, the front as a line."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    costs = [(name, label) for name, label in COSTS.items() if study.pareto(name)]
    if not costs:
        return
    figure, axes = plt.subplots(1, len(costs), figsize=(5.5 * len(costs), 4), squeeze=False)
    for axis, (cost, label) in zip(axes[0], costs, strict=True):
        rows = [row for row in study.ended() if (row.get("cost") or {}).get(cost) is not None]
        axis.scatter(
            [row["cost"][cost] for row in rows], [row["value"] for row in rows], s=18, color="0.6", label="trials"
        )
        front = study.pareto(cost)
        axis.plot(
            [row["cost"][cost] for row in front],
            [row["value"] for row in front],
            "o-",
            color="C0",
            label="best for the cost",
        )
        axis.set_xscale("log")
        axis.set_xlabel(label)
        axis.set_ylabel(f"validation {study.plan.objective}")
        axis.legend()
    if study.plan.base.data == "sample":
        figure.suptitle("synthetic data: says nothing about real data")
    figure.tight_layout()
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=120)
    plt.close(figure)


def _hparams(study: Study) -> None:
    """One TensorBoard run a trial, with its hyperparameters and metrics."""
    import tensorflow as tf
    from tensorboard.plugins.hparams import api

    with atomic_path(study.folder / "tensorboard") as folder:
        for row in study.ended():
            with tf.summary.create_file_writer(str(folder / row["trial"])).as_default():
                api.hparams({name: value for name, value in row["values"].items() if not name.startswith("tuner/")})
                shown: Sequence[tuple[str, float]] = [*row["metrics"].items()]
                for name, value in shown:
                    tf.summary.scalar(name, value, step=row["best_epoch"])
