"""The artifact as an MLflow model: a pyfunc that any MLflow environment loads, with the code it needs beside it."""
