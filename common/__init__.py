"""What the applications share: contract, configuration, data, layers, training, evaluation, reports."""
