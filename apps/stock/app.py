"""The stock application: the functions that keep the contract, in one place."""

from __future__ import annotations

from apps.stock.baselines import baselines
from apps.stock.conclusions import conclusions
from apps.stock.config import StockConfig
from apps.stock.data import folds, load, load_other
from apps.stock.evaluate import compare, evaluate, predict, prediction_rows, score
from apps.stock.inspection import inspect
from apps.stock.model import build
from apps.stock.outputs import DECODER, DIRECTION, QUANTILES, VOLATILITY
from apps.stock.pictures import plots
from apps.stock.preprocess import StockPreprocessor, fit_preprocessor, load_preprocessor
from common.app import App, ExportSpec
from common.data.prices.histories import parse_histories, read_histories


def export_spec(config: StockConfig, preprocessor: StockPreprocessor) -> ExportSpec:
    """Feature rows in; quantiles of returns, volatility and the probability of a rise out."""
    return ExportSpec(
        inputs=preprocessor.inputs(),
        outputs=(QUANTILES, VOLATILITY, DIRECTION),
        decoder=DECODER.to_json(),
        preprocessing=preprocessor.specification(),
        assets=(),
    )


APP = App(
    name="stock",
    config=StockConfig,
    objective="qlike",
    minimise=True,
    preprocessing_fields=(
        "window",
        "horizon",
        "measure",
        "market",
        "ticker_embedding",
        "date_column",
        "price_column",
        "date_format",
        "adjust_splits",
    ),
    load=load,
    load_other=load_other,
    inspect=inspect,
    fit_preprocessor=fit_preprocessor,
    load_preprocessor=load_preprocessor,
    build=build,
    score=score,
    evaluate=evaluate,
    baselines=baselines,
    compare=compare,
    predict=predict,
    read_inputs=lambda text, single: parse_histories(StockConfig(), text, single),
    read_path=read_histories,
    export_spec=export_spec,
    prediction_rows=prediction_rows,
    plots=plots,
    conclusions=conclusions,
    folds=folds,
    card={
        "intended_use": "Forecasting the volatility and the spread of the next days' returns of stocks and indices "
        "like those it was trained on, beside the baselines in the table. It is no trading advice.",
        "limits": "The direction and the level of prices cannot be forecast better than by the baselines; the lines "
        "below the table say where there is skill. A panel of today's large companies leaves out those that failed. "
        "Volatility outside the range of the training years is forecast too low.",
        "task": "time-series-forecasting",
    },
)
