"""The nouns of a workspace: models, environments, endpoints, computes and data, as ``az ml`` knows them."""
