"""The rules of the workspace: what each operation does, whoever asks for it. Knows nothing of HTTP."""
