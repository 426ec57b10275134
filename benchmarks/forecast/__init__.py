"""Whether curves are read rightly: forecasts, verdicts and early stopping, on simulated and on real curves."""
