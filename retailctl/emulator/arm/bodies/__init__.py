"""Shapes of request bodies: which fields the local Azure ML reads, of which type, and where a wrong one is.

A shape keeps fields it does not know, so that what a newer client sends is stored and answered as it came.
"""
