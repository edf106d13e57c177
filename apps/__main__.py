"""The `unroll` command: one program for every application (also `python -m apps`)."""

from __future__ import annotations

import argparse
import importlib.util
import json
import logging
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from apps import APPS, load_commands, load_config, summaries
from common.errors import UserError, of_the_machine

# before any import of TensorFlow: its start-up notes are not for users
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# nor that many models in one process are traced anew each
logging.getLogger("tensorflow").setLevel(logging.ERROR)
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
# what the edge runtime (edge/) can do: all else needs TensorFlow and the applications
ON_THE_EDGE = ("predict", "verify", "benchmark")
# packages that only some inputs need -> the extra of the edge runtime that brings them
_EXTRAS = {"regex": "text", "defusedxml": "inkml", "PIL": "pictures"}


class Terminated(KeyboardInterrupt):
    """SIGTERM, which leaves like Ctrl-C: by raising, so that temporary files are removed."""


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, and that takes no abbreviated flags."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {' '.join(message.split())}; see `{self.prog} --help`\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="unroll", description="Recurrent networks from a data set to a device.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)
    commands.add_parser("apps", help="list the applications")
    _app_command(commands, "data", "inspect data before training")
    train = _app_command(commands, "train", "train an application, or go on with a killed training")
    train.add_argument("--run-dir", metavar="DIR", help="the run folder (default runs/APP/TIME-HASH)")
    train.add_argument("--resume", action="store_true", help="go on with the youngest unfinished run")
    train.add_argument("--config", metavar="FILE", help="JSON file of configuration fields; flags come on top")
    train.add_argument("--cache-dir", metavar="DIR", help="where encoded arrays are kept (default beside the runs)")
    train.add_argument("--processes", type=int, metavar="N", help="N processes of this machine train one model, on JAX")
    train.add_argument("--devices", type=int, metavar="N", help="N devices train one model, on TensorFlow")
    train.add_argument("--folds", type=int, metavar="N", help="cross-validate: N trainings, each measured on its fold")
    _tune_command(commands)
    evaluate = commands.add_parser("evaluate", help="measure a run, also on other data of the same format")
    _run_argument(evaluate)
    evaluate.add_argument("--data", help="`sample`, `tfds:NAME` or a path (default: the run's own data)")
    evaluate.add_argument("--split", metavar="NAME", help="which split (default: test, or all of a lone file)")
    evaluate.add_argument(
        "--refit-every", type=int, metavar="DATES", help="walk forward: train anew for each piece of the test period"
    )
    evaluate.add_argument("--json", action="store_true", help="print JSON")
    predict = commands.add_parser("predict", help="answer for new inputs")
    _run_argument(predict, bundle=True)
    _input_arguments(predict)
    predict.add_argument("--json", action="store_true", help="print one JSON object a line")
    verify = commands.add_parser("verify", help="replay a bundle's test vectors on this machine")
    verify.add_argument("run", metavar="BUNDLE", help="an exported bundle")
    verify.add_argument("--json", action="store_true", help="print JSON")
    explain = commands.add_parser("explain", help="show what the answers for new inputs rest on")
    _run_argument(explain)
    _input_arguments(explain)
    _export_command(commands)
    _serve_command(commands)
    _benchmark_command(commands)
    _inspect_command(commands)
    return parser


def _tune_command(commands: argparse._SubParsersAction) -> None:
    """`tune APP`: a search over the ranges of the configuration's fields."""
    tune = _app_command(commands, "tune", "search the hyperparameters of an application")
    tune.add_argument("--algorithm", choices=["random", "bayes", "hyperband", "grid"], default="random")
    tune.add_argument(
        "--trials", type=int, default=20, metavar="N", help="trained trials; 0: all of hyperband or grid (default 20)"
    )
    tune.add_argument(
        "--confirm", type=int, default=0, metavar="SEEDS",
        help="train the three best and the configuration as it was again with so many other seeds (default 0)",
    )  # fmt: skip
    tune.add_argument("--workers", type=int, default=1, metavar="W", help="processes on this machine (default 1)")
    tune.add_argument("--objective", metavar="METRIC", help="a validation metric (default the application's own)")
    tune.add_argument("--max-size-kb", type=float, metavar="K", help="the int8 model may be so large")
    tune.add_argument("--max-latency-us", type=float, metavar="L", help="one inference may take so long, one thread")
    tune.add_argument(
        "--max-multiply-adds",
        type=float,
        metavar="N",
        help="one inference may have so many: counted, the same on every machine; nothing is timed then",
    )
    tune.add_argument(
        "--study", metavar="DIR", help="the study's folder (default runs/APP/study); goes on where it was"
    )
    tune.add_argument(
        "--search", action="append", metavar="FIELD=RANGE", help="a,b,c or low:high, low:high:log, low:high:STEP"
    )
    tune.add_argument("--config", metavar="FILE", help="JSON file of configuration fields; flags come on top")
    tune.add_argument(
        "--deadline", type=float, metavar="MINUTES", help="with workers: stop then; the same command goes on"
    )
    tune.add_argument("--role", choices=["chief", "worker"], help="one part of a search over several machines")
    tune.add_argument("--chief", metavar="HOST:PORT", help="with --role: where the chief listens (not authenticated)")


def _export_command(commands: argparse._SubParsersAction) -> None:
    """`export MODEL_OR_RUN`: a run folder, or a .keras file that anybody trained."""
    export = commands.add_parser("export", help="convert a run or any .keras file for phones and edge devices")
    export.add_argument("run", metavar="MODEL_OR_RUN", help="a run folder or a .keras file; or a bundle, for --android")
    export.add_argument("--output", metavar="DIR", help="the bundle's folder; needed unless a bundle is given")
    export.add_argument(
        "--android", metavar="DIR", help="also put the bundle into the Android project there, made if there is none"
    )
    lanes = ["litert", "onnx", "mediapipe", "micro"]
    export.add_argument("--lane", choices=lanes, default="litert", help="the runtime it is for (default litert)")
    weights = ["float32", "float16", "int8", "int4", "int16x8"]
    export.add_argument("--weights", choices=weights, default="int8", help="(default int8)")
    export.add_argument(
        "--fastest", action="store_true", help="write out every step of short sequences: faster, larger"
    )
    export.add_argument(
        "--max-length", type=int, metavar="T", help="timesteps of a .keras file whose number of timesteps is open"
    )
    export.add_argument("--inputs", metavar="FILE.npz", help="real inputs to compare a .keras file on (default random)")
    export.add_argument(
        "--examples", type=int, default=None, metavar="N", help="test examples of the metric gate (default all)"
    )
    export.add_argument(
        "--micro-python",
        metavar="PYTHON",
        help="with --lane micro: a Python that has tflite-micro, to measure with",
    )
    export.add_argument("--max-metric-drop", type=float, default=0.005, metavar="FRACTION", help="(default 0.005)")


def _serve_command(commands: argparse._SubParsersAction) -> None:
    """`serve BUNDLE...`: the web page with exported models, on this machine alone."""
    serve = commands.add_parser("serve", help="try exported bundles in the browser, on this machine alone")
    serve.add_argument("bundles", nargs="*", metavar="BUNDLE", help="exported bundles, of one or several applications")
    serve.add_argument("--port", type=int, default=8417, metavar="N", help="(default 8417; 0: any free one)")
    serve.add_argument(
        "--download", action="store_true", help="first fetch LiteRT.js, the browser's runtime, with npm; needed once"
    )
    runtime = ".cache/web-runtime"
    serve.add_argument("--runtime", default=runtime, metavar="DIR", help=f"where LiteRT.js lies (default {runtime})")


def _benchmark_command(commands: argparse._SubParsersAction) -> None:
    """`benchmark TARGET`: what a converted model costs, beside other conversions of the same model."""
    command = commands.add_parser("benchmark", help="time a model beside the stock conversion and ONNX Runtime")
    command.add_argument("target", nargs="?", metavar="MODEL_OR_BUNDLE", help="a .keras file, a run or a bundle")
    command.add_argument("--keras", metavar="FILE", help="with a bundle: the Keras model it was made from")
    command.add_argument("--shape", metavar="T,F,H", help="time a bare layer: steps, features, units")
    command.add_argument(
        "--cell", choices=["lstm", "gru", "simple_rnn", "min_gru"], default="lstm", help="with --shape (default lstm)"
    )
    command.add_argument("--bidirectional", action="store_true", help="with --shape: both directions")
    command.add_argument("--last", action="store_true", help="with --shape: the last state only")
    command.add_argument("--max-length", type=int, default=100, metavar="T", help="for open time axes (default 100)")
    command.add_argument("--weights", default="int8,float32", metavar="KINDS", help="of ours (default int8,float32)")
    command.add_argument("--fastest", action="store_true", help="also with every step written out")
    command.add_argument("--threads", metavar="N,N", help="(default 1 and all)")
    command.add_argument("--rounds", type=int, default=15, metavar="N", help="turns of 10 invocations (default 15)")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.add_argument("--output", metavar="DIR", help="write benchmark.json and benchmark.png there")


def _inspect_command(commands: argparse._SubParsersAction) -> None:
    """`inspect SUBJECT`: experiments that show how recurrent networks work, on synthetic data."""
    inspect = commands.add_parser("inspect", help="see how recurrent networks work")
    subjects = inspect.add_subparsers(dest="subject", metavar="SUBJECT", required=True, parser_class=_Parser)
    gradients = subjects.add_parser("gradients", help="how far the error reaches back, cell by cell")
    gradients.add_argument("--output", default="runs/gradients", metavar="DIR", help="(default runs/gradients)")
    gradients.add_argument("--steps", type=int, default=20, metavar="T", help="length of the sequences (default 20)")
    gradients.add_argument("--units", type=int, default=16, metavar="U", help="size of the state (default 16)")
    gradients.add_argument("--updates", type=int, default=1000, metavar="N", help="of each training (default 1000)")
    gradients.add_argument("--seed", type=int, default=0, metavar="S", help="of weights and data (default 0)")


def _app_command(commands: argparse._SubParsersAction, name: str, text: str) -> argparse.ArgumentParser:
    """A command whose flags depend on the application, which is looked up only when the command is used."""
    command: argparse.ArgumentParser = commands.add_parser(name, help=text)
    command.add_argument("app", metavar="APP", choices=list(APPS), help=", ".join(APPS))
    return command


def _run_argument(command: argparse.ArgumentParser, bundle: bool = False) -> None:
    name, text = ("RUN_OR_BUNDLE", "a run folder or an exported bundle") if bundle else ("RUN", "a run folder")
    command.add_argument("run", metavar=name, help=text)


def _input_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--text", action="append", metavar="TEXT", help="an input; may be given several times")
    command.add_argument("--file", metavar="FILE", help="a file of inputs")
    command.add_argument("stdin", nargs="?", choices=["-"], metavar="-", help="read inputs from standard input")


def _with_app_flags(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> None:
    """Adds the flags of the application's configuration, or of its own commands, when the command line names one."""
    words = [word for word in arguments if not word.startswith("-")]
    if importlib.util.find_spec("tensorflow") is None:
        _refuse_training(words)
        return
    if len(words) < 2:
        return
    command, subject = words[:2]
    commands = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    if command in ("train", "data", "tune") and subject in APPS:
        from common.config import add_flags

        add_flags(commands.choices[command].add_argument_group(f"{subject} configuration"), load_config(subject))
    elif command in ("predict", "explain", "evaluate"):
        name = _app_of_run(subject)
        add_own = getattr(load_commands(name), f"add_{command}_flags", None)
        if add_own:
            add_own(commands.choices[command].add_argument_group(name))


def _refuse_training(words: Sequence[str]) -> None:
    """Raises UserError where the command is not one that answers from bundles."""
    if words and words[0] not in ON_THE_EDGE:
        raise UserError(
            f"{words[0]}: expected TensorFlow, found the edge runtime, which answers from bundles "
            f"({', '.join(ON_THE_EDGE)}); use the whole of Unroll on another machine"
        )


def _app_of_run(folder: str) -> str:
    """The application of a run folder; empty where there is none, which the command itself then tells."""
    try:
        with open(f"{folder}/config.json", encoding="utf-8") as file:
            return str(json.load(file)["app"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _terminate(number: int, frame: object) -> NoReturn:
    raise Terminated


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Returns:
        The exit status: 0, 2 for a mistake the user can mend, 130 after Ctrl-C, 143 after SIGTERM.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    parser = _parser()
    signal.signal(signal.SIGTERM, _terminate)
    options = argparse.Namespace(command="")
    try:
        _with_app_flags(parser, arguments)
        options = parser.parse_args(arguments)
        if options.command == "apps":
            print("\n".join(summaries()))
            return 0
        from apps import commands

        options.arguments = arguments
        getattr(commands, options.command)(options)
    except UserError as error:
        print(f"unroll: {error}", file=sys.stderr)
        return error.status
    except ModuleNotFoundError as error:
        if error.name not in _EXTRAS:
            raise
        extra = f"unroll-edge[{_EXTRAS[error.name]}]"
        print(f"unroll: expected the package {error.name} for this input, found none; install {extra}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt as stop:
        same = {"train": "; the same command with the same --run-dir goes on", "tune": "; the same command goes on"}
        hope = same.get(options.command, "")
        print(f"unroll: interrupted{hope}", file=sys.stderr)
        return 143 if isinstance(stop, Terminated) else 130
    except Exception as error:
        told = of_the_machine(error)
        if told is None:
            raise
        print(f"unroll: {told}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
