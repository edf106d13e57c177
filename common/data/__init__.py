"""Examples, named splits, ragged arrays, the cache of encoded arrays, and length-bucketed batches."""
