"""One module a verb or noun; each holds an ``app`` that is imported when its command is invoked, and not before."""
