"""How far the error reaches back: the norm of dLoss/dh_t, step by step, before and after training.

Hochreiter (1991) and Bengio, Simard and Frasconi (1994) on why it vanishes; Pascanu, Mikolov and Bengio (2013) on why
it explodes, and on clipping. All data here are SYNTHETIC (`long_memory.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from common.equations import GRU, LSTM, MIN_GRU, SIMPLE_RNN, Cell, forward
from common.equations.optimizers import Adam, Momentum
from common.errors import UserError
from common.inspection.long_memory import (
    CHANCE_ACCURACY,
    CHANCE_LOSS,
    Network,
    Training,
    answer,
    draw_sequences,
    new_network,
    train,
)

CELLS = (SIMPLE_RNN, LSTM, GRU, MIN_GRU)
RADII = (0.5, 1.0, 1.5, 2.0, 3.0)  # of SimpleRNN's recurrent kernel, at initialisation
DESCENT_RADIUS = 1.5  # where gradients explode, and a network that is stepped carefully still learns
DESCENT_RUNS = 5  # one run proves little where luck has a part
CLIP_NORM = 1.0
BATCH_SIZE = 32
MEASURED = 256  # sequences on which norms and accuracy are measured, the same for all
ADAM_RATE, DESCENT_RATE = 0.01, 0.1


@dataclass(frozen=True)
class Settings:
    """What the user may set.

    Args:
        steps: int. The length of the sequences.
        units: int. The size of the state.
        updates: int. Of each training.
        seed: int. Of weights and data.
    """

    steps: int = 20
    units: int = 16
    updates: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        limits = {"steps": (2, 500), "units": (1, 256), "updates": (1, 100_000), "seed": (0, 2**31 - 1)}
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise UserError(f"--{name}: expected a number between {low} and {high}, found {value}; correct it")


@dataclass(frozen=True)
class Profile:
    """The gradient's way back through one network.

    `norms[s]` has one number per step: the norm over batch and units of dLoss/ds_t, for s in "h" and, in an LSTM, "c".
    """

    cell: str
    trained: bool
    clipped: bool
    spectral_radius: float | None  # where the recurrent kernel was scaled
    norms: dict[str, list[float]]
    loss: float
    accuracy: float

    def shares(self, state: str = "h") -> np.ndarray:
        """(timesteps,): the norms as a share of that of h at the last step, where the error enters."""
        return np.asarray(self.norms[state]) / max(self.norms["h"][-1], np.finfo(float).tiny)


@dataclass(frozen=True)
class Descent:
    """One training of a SimpleRNN with exploding gradients, by gradient descent with momentum: a number per update.

    `final_slope` is the median of tanh' = 1 - h_t^2 after it. Near 0 the units are saturated and pass no error on.
    """

    seed: int
    clipped: bool
    losses: list[float]
    gradient_norms: list[float]
    step_norms: list[float]
    final_accuracy: float
    final_slope: float


@dataclass(frozen=True)
class Study:
    """Everything that was computed."""

    settings: Settings
    initial: list[Profile]  # one per cell
    by_radius: list[Profile]  # SimpleRNN at each of RADII
    trained: list[Profile]  # per cell with clipping, then without
    descents: list[Descent]  # per run with clipping, then without

    def record(self) -> dict[str, Any]:
        """All numbers, ready for JSON."""
        about = {
            "data": "SYNTHETIC: the first of the symbols is the class, the others are noise",
            "chance": {"accuracy": CHANCE_ACCURACY, "loss": CHANCE_LOSS},
            "training": f"Adam, rate {ADAM_RATE}, clipped at a global norm of {CLIP_NORM} or not clipped",
            "descents": f"SimpleRNN of spectral radius {DESCENT_RADIUS}, momentum 0.9, rate {DESCENT_RATE}",
        }
        return {**about, **_without_infinities(asdict(self))}

    def summary(self) -> list[str]:
        """A few lines for the terminal."""
        steps = self.settings.steps
        lines = [
            f"SYNTHETIC task: the first of {steps} symbols is the class; "
            f"chance: accuracy {CHANCE_ACCURACY:.3f}, loss {CHANCE_LOSS:.3f}",
            f"norm of dLoss/dh_1 as a share of that of dLoss/dh_{steps} (in brackets: accuracy)",
            f"{'':<12}{'before':>19}{'trained, clipped':>19}{'not clipped':>19}",
        ]
        for before, clipped, free in zip(self.initial, self.trained[::2], self.trained[1::2], strict=True):
            columns = [f"{part.shares()[0]:9.2g} ({part.accuracy:.3f})" for part in (before, clipped, free)]
            lines.append(f"{before.cell:<12}" + "".join(f"{column:>19}" for column in columns))
        radii = ", ".join(f"{part.spectral_radius}: {part.shares()[0]:.2g}" for part in self.by_radius)
        lines.append(f"SimpleRNN before training, by the spectral radius of U: {radii}")
        lines.append(
            f"SimpleRNN of radius {DESCENT_RADIUS}, momentum, {DESCENT_RUNS} runs of {self.settings.updates} updates:"
        )
        for with_clipping in (True, False):
            runs = [run for run in self.descents if run.clipped == with_clipping]
            longest = max(max(run.step_norms) for run in runs)
            loss = np.median([np.mean(run.losses[-50:]) for run in runs])
            accuracy = np.median([run.final_accuracy for run in runs])
            slope = np.median([run.final_slope for run in runs])
            name = f"clipped at {CLIP_NORM:g}" if with_clipping else "not clipped"
            medians = f"loss {loss:.3f}, accuracy {accuracy:.3f}, tanh' {slope:.1e}"
            lines.append(f"  {name:<13} longest step {longest:.2f}; medians: {medians}")
        return lines


def _without_infinities(value: Any) -> Any:
    """JSON has no NaN and no infinity: None stands for them."""
    if isinstance(value, dict):
        return {name: _without_infinities(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_without_infinities(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def study(settings: Settings, progress: Callable[[int, int], None] = lambda done, total: None) -> Study:
    """Measures and trains all networks.

    Args:
        settings: sizes and seed.
        progress: `progress(done, total)` is called after each update.
    """
    total = settings.updates * 2 * (len(CELLS) + DESCENT_RUNS)
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    def trained_from(network: Network, optimizer: Adam | Momentum, seed: int, clipped: bool) -> Training:
        return train(
            network,
            optimizer,
            np.random.default_rng([seed, 1]),  # the same data with clipping and without
            timesteps=settings.steps,
            updates=settings.updates,
            batch_size=BATCH_SIZE,
            clip_norm=CLIP_NORM if clipped else None,
            advance=advance,
        )

    initial = [_profile(_start(cell, settings, settings.seed), settings) for cell in CELLS]
    scaled = [(radius, _start(SIMPLE_RNN, settings, settings.seed, radius)) for radius in RADII]
    by_radius = [_profile(network, settings, radius=radius) for radius, network in scaled]
    trained, descents = [], []
    for cell in CELLS:
        for clipped in (True, False):
            run = trained_from(_start(cell, settings, settings.seed), Adam(ADAM_RATE), settings.seed, clipped)
            trained.append(_profile(run.network, settings, trained=True, clipped=clipped))
    for seed in range(settings.seed, settings.seed + DESCENT_RUNS):
        for clipped in (True, False):
            network = _start(SIMPLE_RNN, settings, seed, DESCENT_RADIUS)
            run = trained_from(network, Momentum(DESCENT_RATE), seed, clipped)
            x, labels = _measured(settings)
            accuracy, slope = answer(run.network, x, labels).accuracy, _slope(run.network, x)
            descents.append(Descent(seed, clipped, run.losses, run.gradient_norms, run.step_norms, accuracy, slope))
    return Study(settings, initial, by_radius, trained, descents)


def _start(cell: Cell, settings: Settings, seed: int, radius: float | None = None) -> Network:
    """The initial network: the same for the same cell and seed, so that only the training differs."""
    return new_network(cell, settings.units, np.random.default_rng([seed, 0]), radius)


def _profile(
    network: Network, settings: Settings, trained: bool = False, clipped: bool = False, radius: float | None = None
) -> Profile:
    found = answer(network, *_measured(settings))
    norms = dict(zip(network.cell.state_names, found.through_time.norms.tolist(), strict=True))
    return Profile(network.cell.name, trained, clipped, radius, norms, found.loss, found.accuracy)


def _measured(settings: Settings) -> tuple[np.ndarray, np.ndarray]:
    """Sequences that no training draws, the same for every network: (count, timesteps, features) and (count,)."""
    return draw_sequences(np.random.default_rng([settings.seed, 2]), MEASURED, settings.steps)


def _slope(network: Network, x: np.ndarray) -> float:
    """The median of tanh' over all states of a SimpleRNN."""
    return float(np.median(1.0 - forward(network.cell, network.recurrent, x).states[0] ** 2))
