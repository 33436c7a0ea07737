"""Templates to text, text to fields with line numbers, and the rules those keep; knows no SDK, sends nothing."""
