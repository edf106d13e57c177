"""The result in words: against each baseline, is there skill, and in what."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from apps.stock.evaluate import losses, truth
from apps.stock.outputs import DIRECTION
from apps.stock.preprocess import StockPreprocessor
from common.app import Outputs
from common.data.splits import Examples
from common.evaluation.forecasting import diebold_mariano, improvement

# loss -> what it says, and the baselines whose forecasts differ in it
_SUBJECTS = {
    "qlike": ("volatility (QLIKE)", ("random_walk", "ewma_0.94", "ewma_0.94_realised", "garch", "har_linear",
                                     "har_log", "har_log_panel")),
    "pinball": ("distribution (pinball loss)", ("historical_quantiles", "ewma_0.94", "ewma_0.94_realised", "garch",
                                                "har_linear", "har_log", "har_log_panel")),
    "price": ("price (absolute error)", ("random_walk", "drift", "historical_quantiles")),
    # the drift says always up (down where training days fell more often): even odds are no forecast to beat
    "direction": ("direction (share wrong)", ("drift",)),
}  # fmt: skip
SIGNIFICANT = 0.05


def conclusions(
    preprocessor: StockPreprocessor, examples: Examples, outputs: Outputs, answers: Mapping[str, Outputs]
) -> list[str]:
    """One line per measure and baseline: the difference with its interval, the test, and what follows from them.

    Args:
        preprocessor: gives the horizon.
        examples: what was forecast.
        outputs: the model's forecasts.
        answers: baseline name -> its forecasts.
    """
    found = truth(preprocessor, examples)
    own, horizon, lines = losses(found, outputs), preprocessor.horizon, []
    for loss, (subject, names) in _SUBJECTS.items():
        beaten = {}
        for name in (name for name in names if name in answers):
            other = losses(found, answers[name])[loss]
            share = improvement(own[loss], other, found.dates, horizon)["improvement"]
            test = diebold_mariano(loss, own[loss], other, found.dates, horizon)
            verdict = _verdict(share.low, share.high, test.p_value)
            beaten[name] = verdict == "better"
            lines.append(
                f"{subject} against {name}: lower by {share.value:+.1%} [{share.low:+.1%}, {share.high:+.1%}], "
                f"Diebold-Mariano p = {test.p_value:.2g}: {verdict}"
            )
        lines.append(f"{subject}: {_summary(beaten)}")
    lines.append(_rises(found.returns, np.asarray(outputs[DIRECTION])))
    return lines


def _verdict(low: float, high: float, p_value: float) -> str:
    if p_value < SIGNIFICANT and low > 0:
        return "better"
    if p_value < SIGNIFICANT and high < 0:
        return "worse"
    return "no difference shown"


def _summary(beaten: Mapping[str, bool]) -> str:
    """Skill is to be better than every baseline: who beats some only adds nothing to the others."""
    left = [name for name, better in beaten.items() if not better]
    if not left:
        return "SKILL, better than every baseline"
    if len(left) == len(beaten):
        return "NO SKILL, better than no baseline"
    return f"NO SKILL beyond {', '.join(left)}; better than {', '.join(name for name in beaten if beaten[name])}"


def _rises(returns: np.ndarray, rise: np.ndarray) -> str:
    """How often prices rose: what always saying so would have scored."""
    right = ((rise > 0.5) == (returns > 0)).mean()
    return (
        f"direction: right {right:.1%} of the time; saying always up would have been right {(returns > 0).mean():.1%}"
    )
