"""Stock forecasting: past prices in, the distribution of the next days' returns and their volatility out."""
