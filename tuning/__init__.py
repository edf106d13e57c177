"""Hyperparameter search: spaces from configurations, Keras Tuner's oracles, budgets, workers, reports."""
