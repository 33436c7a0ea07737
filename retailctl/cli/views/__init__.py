"""How results look to people: each view turns a workflow's result into blocks of text."""
