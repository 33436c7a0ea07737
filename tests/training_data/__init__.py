"""The loader of the data contract, the sample and the M5 converter, over real files."""
