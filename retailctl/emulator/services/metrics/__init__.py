"""Metrics of endpoints and deployments in Azure Monitor's terms, measured by the router and by the slots themselves."""
