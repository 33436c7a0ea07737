"""The local Azure ML: a workspace on 127.0.0.1 that speaks the REST API of Azure ML. Imports nothing else of ours."""
