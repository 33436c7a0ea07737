"""retailctl: ship retail demand forecasts on Azure ML, or on one machine with the local Azure ML it carries."""

__version__ = "0.1.0"
