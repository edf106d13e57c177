"""Returns to prices as decoder.json says it, and the date of the last row that was used."""

import numpy as np
import pytest

from common.data.series import Window
from common.decoding.forecast import Quantiles

QUANTILES = Quantiles("quantiles", (0.1, 0.5, 0.9), "volatility", "direction")
SHAPES = {"quantiles": (1, 2, 3), "volatility": (1, 2), "direction": (1, 2)}


def test_prices_are_the_last_close_times_the_exponential_of_the_return():
    days = np.array(["2024-02-28", "2024-02-29"], "datetime64[D]").view(np.int64)
    window = Window("ABC", days, np.array([[1, 1, 1, 50.0, 0, 1], [1, 1, 1, 200.0, 0, 1]]))
    outputs = {
        "quantiles": np.array([[[-10, 0, 10], [-20, 1, 20]]], np.float32),
        "volatility": np.array([[1.5, 1.25]], np.float32),
        "direction": np.array([[0.5, 0.625]], np.float32),
    }
    answer = Quantiles.from_json(QUANTILES.to_json(), SHAPES).answers([window], outputs)[0]
    assert (answer.record["ticker"], answer.record["last_date"]) == ("ABC", "2024-02-29")
    assert answer.record["last_close"] == 200
    first, second = answer.record["forecast"]
    assert QUANTILES.to_json()["price"] == "last_close * exp(quantile / 100)"
    assert first["price_quantiles"] == {
        "0.1": pytest.approx(200 * np.exp(-0.1), rel=1e-5),
        "0.5": 200.0,
        "0.9": pytest.approx(200 * np.exp(0.1), rel=1e-5),
    }
    assert second["median_price"] == pytest.approx(200 * np.exp(0.01), rel=1e-5)
    assert (second["volatility_percent_a_day"], second["probability_of_a_rise"]) == (1.25, 0.625)
    assert answer.text.startswith("ABC after 2024-02-29 (close 200): in 2 trading days 202.01, 80% between 163.746 and")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"levels": [0.1, 0.9, 0.5]}, "levels: expected rising numbers"),
        ({"levels": [0.1, 0.5, 0.8]}, "levels: expected rising numbers with 0.1, 0.5 and 0.9"),
        ({"levels": [0.1, 0.4, 0.5, 0.9]}, r"expected outputs \(1, days, 4\)"),
        ({"volatility": "quantiles"}, "expected outputs"),
        ({"direction": "sideways"}, "direction: expected one of quantiles, volatility, direction"),
    ],
)
def test_a_decoder_that_does_not_fit_the_model_is_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        Quantiles.from_json({**QUANTILES.to_json(), **changed}, SHAPES)
