"""The model: estimator, quantiles and how they are fitted to a panel."""
