"""Text columns -> small integers, with the same integer for the same text in every batch and file."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

ABSENT = -1
"""The code of null, of '' (CSV cannot tell the two apart), and of a text that the column does not accept."""


class Texts:
    """The distinct texts of one column, coded in order of first sight."""

    def __init__(self, accepts: Callable[[str], bool] = bool) -> None:
        self.texts: list[str] = []
        self._accepts = accepts
        self._code_of: dict[str | None, int] = {}
        self._dictionary = pa.array([], pa.string())
        self._translation: NDArray[np.int32] = np.array([ABSENT], dtype=np.int32)

    def __len__(self) -> int:
        return len(self.texts)

    def codes(self, values: pa.DictionaryArray) -> NDArray[np.int32]:
        """The code of each row."""
        translation = self._codes_of(values.dictionary)
        entries = pc.fill_null(values.indices, len(values.dictionary)) if values.null_count else values.indices
        result: NDArray[np.int32] = translation[entries.to_numpy(zero_copy_only=False)]
        return result

    def _codes_of(self, dictionary: pa.StringArray) -> NDArray[np.int32]:
        """The code of each entry, and that of null at the end. Batches that follow each other share a dictionary."""
        if not dictionary.equals(self._dictionary):
            codes = [self._code(text) for text in dictionary.to_pylist()]
            self._dictionary, self._translation = dictionary, np.array([*codes, ABSENT], dtype=np.int32)
        return self._translation

    def _code(self, text: str | None) -> int:
        code = self._code_of.get(text)
        if code is None:
            code = ABSENT
            if text and self._accepts(text):
                code = len(self.texts)
                self.texts.append(text)
            self._code_of[text] = code
        return code


def is_name(text: str) -> bool:
    """Whether a text can name a store or an item: no control characters."""
    return min(text) >= " "
