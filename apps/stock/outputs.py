"""The names and the layout of a forecast, shared by the model, the baselines and the measures."""

from __future__ import annotations

from common.decoding.forecast import Quantiles

# output name -> (rows, ...) float32
QUANTILES = "quantiles"  # (rows, horizon, levels): log return from the last close to each day, in percent
VOLATILITY = "volatility"  # (rows, horizon): root of the mean daily variance up to each day, percent a day
DIRECTION = "direction"  # (rows, horizon): probability that the price of that day lies above the last close

# 0.05 to 0.95 in even steps, and the two that bound the 95% interval
LEVELS = (0.025, *(step / 20 for step in range(1, 20)), 0.975)
MEDIAN = LEVELS.index(0.5)
EVEN = slice(1, -1)  # the evenly spaced levels: the pinball loss is the mean over these
DECODER = Quantiles(QUANTILES, LEVELS, VOLATILITY, DIRECTION)
