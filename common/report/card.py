"""MODEL_CARD.md of a run, in the layout that the Hugging Face Hub reads.

Mitchell et al. (2019), "Model Cards for Model Reporting"; https://huggingface.co/docs/hub/model-cards.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from common.report.metrics_json import metrics_from_json
from common.report.tables import escape_markdown, interval_text, markdown_table

SYNTHETIC = "Trained and measured on SYNTHETIC data: the numbers say that the program works, nothing about real data."
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")  # JSON allows them, YAML does not


def model_card(
    *,
    app: str,
    run: str,
    config: Mapping[str, Any],
    metrics: Mapping[str, Any],
    environment: Mapping[str, Any],
    splits: Mapping[str, Any],
    card: Mapping[str, str],
) -> str:
    """The model card as Markdown with a YAML head.

    Args:
        app: the application's name.
        run: the run folder as the commands should name it (`runs/sentiment/...`).
        config: the content of config.json.
        metrics: the content of metrics.json (`common.report.metrics_json.metrics_document`).
        environment: the content of environment.json.
        splits: facts of the data: `source`, `format`, `synthetic`; optional `notes` (lines), `counts` (split ->
            examples), `labels`.
        card: facts the application states: `intended_use` and `limits`; optional `description`, `task` (the Hub's
            task name), `language`, `license`, `input` (an example for `unroll predict`).
    """
    synthetic = bool(splits.get("synthetic") or metrics.get("synthetic"))
    parts = [
        _front_matter(app, metrics, splits, card, synthetic),
        f"# {escape_markdown(app)}",
        f"**{SYNTHETIC}**" if synthetic else "",
        "## Model description",
        card.get("description", f"A recurrent network of the `{_code(app)}` application of Unroll, in Keras 3.")
        + f" It has {int(metrics.get('parameters', 0)):,} parameters.",
        "## Intended use",
        card.get("intended_use", "Not stated."),
        "## Training data",
        _training_data(splits),
        "## Evaluation",
        _evaluation(metrics, synthetic),
        "## Limitations",
        card.get("limits", "Not stated."),
        "The metrics hold for examples like those of the data set: measure again on your own before you rely on them.",
        "## How to use",
        _how_to_use(run, card),
        "## Training procedure",
        _training_procedure(config, metrics, environment),
    ]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _front_matter(
    app: str, metrics: Mapping[str, Any], splits: Mapping[str, Any], card: Mapping[str, str], synthetic: bool
) -> str:
    data = str(splits.get("source", metrics.get("data", "")))
    task = card.get("task", "other")
    measured = metrics_from_json(metrics.get("metrics", {}))
    lines = [f"{key}: {_yaml(card[key])}" for key in ("language", "license") if card.get(key)]
    lines += ["library_name: keras", f"pipeline_tag: {_yaml(task)}"] if task != "other" else ["library_name: keras"]
    lines += ["tags:", "- keras", "- recurrent-neural-network", "- unroll", f"- {_yaml(app)}"]
    lines += ["- synthetic-data"] if synthetic else []
    lines += ["metrics:", *(f"- {_yaml(name)}" for name in measured)] if measured else []
    if measured:  # the Hub refuses a result without metrics
        lines += ["model-index:", f"- name: {_yaml(app)}", "  results:", "  - task:", f"      type: {_yaml(task)}"]
        name = f"{data} (synthetic)" if synthetic else data
        lines += ["    dataset:", f"      name: {_yaml(name)}", f"      type: {_yaml(data)}"]
        lines += [f"      split: {_yaml(metrics.get('split', 'test'))}", "    metrics:"]
        for name, interval in measured.items():
            shown = f"{name} [95% interval {interval.low:.4f} to {interval.high:.4f}]"
            lines += [f"    - type: {_yaml(name)}", f"      value: {_yaml(interval.value)}"]
            lines += [f"      name: {_yaml(shown)}"]
    return "\n".join(["---", *lines, "---"])


def _training_data(splits: Mapping[str, Any]) -> str:
    counts = splits.get("counts", {})
    lines = [f"- Source: `{_code(splits.get('source', ''))}`"]
    lines.append(f"- Format: {escape_markdown(str(splits.get('format', 'not stated')))}")
    if counts:
        parts = [f"{escape_markdown(str(name))} {count:,}" for name, count in counts.items()]
        lines.append("- Examples: " + ", ".join(parts))
    labels = [str(label) for label in splits.get("labels", ())]
    if labels:
        more = f" and {len(labels) - 50} more" if len(labels) > 50 else ""
        lines.append(f"- Classes ({len(labels)}): " + ", ".join(map(escape_markdown, labels[:50])) + more)
    lines += [f"- {escape_markdown(str(note))}" for note in splits.get("notes", ())]
    if splits.get("synthetic"):
        lines.append("- The examples are synthetic: generated by the program, not collected.")
    return "\n".join(lines)


def _evaluation(metrics: Mapping[str, Any], synthetic: bool) -> str:
    measured = metrics_from_json(metrics.get("metrics", {}))
    baselines = {name: metrics_from_json(values) for name, values in metrics.get("baselines", {}).items()}
    kind = "SYNTHETIC " if synthetic else ""
    split = escape_markdown(str(metrics.get("split", "test")))
    caption = (
        f"On {int(metrics.get('examples', 0)):,} {kind}examples of the {split} split, as fractions "
        "with 95% intervals over examples. The baselines were fitted on the training split and "
        "measured on the same examples; the best value of a column is bold."
    )
    text = f"{'**' + caption + '**' if synthetic else caption}\n\n{markdown_table(measured, baselines)}"
    compared = metrics.get("comparison")
    if compared:
        difference = metrics_from_json({"difference": compared["difference"]})["difference"]
        text += (
            f"\nAgainst `{_code(compared['baseline'])}` the {compared['metric']} differs by {interval_text(difference)}"
            f"{': ' if compared['detail'] else ''}{compared['detail']} "
            f"({compared['test']}, p = {compared['p_value']:.2g}).\n"
        )
    conclusions = [f"- {escape_markdown(line)}" for line in metrics.get("conclusions", ())]
    return "\n".join([text, *conclusions]) if conclusions else text


def _how_to_use(run: str, card: Mapping[str, str]) -> str:
    folder = _shell(run)
    example = card.get("input", "")
    predict = (
        f"unroll predict {folder} --text {_shell(example)}" if example else f"unroll predict {folder} --file INPUT"
    )
    return (
        "In the program's folder, after `make setup`:\n\n"
        f"```sh\n{predict}\n# a TFLite bundle for phones and edge devices, in the folder bundle\n"
        f"unroll export {folder} --output bundle\n```"
    )


def _training_procedure(config: Mapping[str, Any], metrics: Mapping[str, Any], environment: Mapping[str, Any]) -> str:
    minutes, seed = metrics.get("train_minutes", 0), metrics.get("seed", config.get("seed", 0))
    tables = [f"Trained for {minutes:.1f} minutes with seed {seed}."]
    for heading, values in (("Hyperparameters", config), ("Environment", environment)):
        if values:
            rows = [f"| {escape_markdown(str(name))} | {_cell(value)} |" for name, value in values.items()]
            tables.append("\n".join([f"### {heading}", "", "| name | value |", "| --- | --- |", *rows]))
    return "\n\n".join(tables)


def _cell(value: Any) -> str:
    """A value in a table: numbers and texts as they are, lists and objects in one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{escape_markdown(str(key))} {_cell(item)}" for key, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_cell, value)) or "(none)"
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return escape_markdown(str(value)) or "(empty)"


def _yaml(value: Any) -> str:
    """A YAML scalar: JSON is YAML, but for characters that YAML wants escaped."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def _code(value: Any) -> str:
    """Text for a code span, which cannot hold a backtick or a line break."""
    return " ".join(str(value).replace("`", "'").split())


def _shell(text: str) -> str:
    """One word for the shell, quoted where it must be; in one line."""
    return shlex.quote(" ".join(text.split()))
