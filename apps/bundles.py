"""What `unroll` does with an exported bundle alone, as a device does it: predict, verify, benchmark; no TensorFlow."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from apps.commands import named_inputs
from common.errors import UserError
from export.answers import open_bundle
from export.replay import first_inputs, replay
from export.rows import SIGNATURE, padded_inputs
from export.runtime import MANIFEST, MODEL
from export.sessions import LITERT, open_session
from export.timing import interleaved


def is_bundle(folder: Path) -> bool:
    """Whether a folder holds a bundle rather than a run."""
    return (folder / MANIFEST).is_file()


def predict_bundle(options: argparse.Namespace) -> None:
    """Prints an answer for each input."""
    answerer = open_bundle(Path(options.run))
    for answer in answerer(named_inputs(options, answerer.read_text, answerer.read_path)):
        print(json.dumps(answer.record, ensure_ascii=False, allow_nan=False) if options.json else answer.text)


def verify_bundle(options: argparse.Namespace) -> None:
    """Prints how many test vectors this machine reproduces.

    Raises:
        UserError: one that it does not.
    """
    found = replay(open_bundle(Path(options.run)))
    if options.json:
        print(json.dumps(asdict(found)))
        return
    answers = f"{found.answers} answers equal" if found.answers else "answers not compared: the tolerance is too wide"
    print(
        f"{found.vectors} test vectors: tensors equal, outputs within {found.largest:.2g} of Keras, {answers}; "
        f"{found.documents} documents read alike"
    )


def time_bundle(options: argparse.Namespace) -> None:
    """Prints how long an inference takes here, on the first test vector: one that a user may send, not zeros.

    Raises:
        UserError: flags that need TensorFlow or its packages.
    """
    if options.keras or options.shape or options.output:
        raise UserError("--keras, --shape, --output: expected TensorFlow, found the edge runtime; leave them out")
    if options.rounds < 1 or (options.threads and not options.threads.isdigit()):
        raise UserError("--rounds, --threads: expected one number from 1 on, found others; correct them")
    folder, threads = Path(options.target), int(options.threads or 1)
    answerer = open_bundle(folder, threads)
    session = open_session(LITERT, folder / MODEL, threads, SIGNATURE)
    session.feed(padded_inputs(first_inputs(answerer), answerer.runtime.inputs, np.array([0])))
    timing = interleaved({"bundle": session.invoke}, options.rounds)["bundle"]
    if options.json:
        print(json.dumps({"threads": threads, "microseconds": asdict(timing)}))
        return
    print(
        f"microseconds an inference of the first test vector, threads {threads}: fastest {timing.min:.1f}, median "
        f"{timing.median:.1f}, 95% below {timing.p95:.1f} ({timing.invocations} invocations)"
    )
