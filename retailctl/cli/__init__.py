"""The command line: parsing and drawing, nothing else; what is done is in retailctl.workflows."""
