"""Daily prices: files read, rows cleaned, the market of a panel. NumPy only: a device does it too."""
