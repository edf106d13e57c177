"""What a person reads after a run: pictures, tables, the model card, and metrics.json behind them."""
