"""The manners of Azure Resource Manager: ids, names, error bodies, paging, long-running operations, request shapes.

Values and rules only: nothing here stores, runs or listens.
"""
