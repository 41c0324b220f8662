"""One way to write a value down, so that equal content has equal bytes and one SHA-256.

The subset of RFC 8785 (JSON Canonicalization Scheme) this service needs: objects with sorted
string keys, no white space, UTF-8, and no floating-point numbers, whose canonical form is the
hard part of that RFC; they are refused instead.
"""

import hashlib
import json
from typing import Any


def canonical(value: Any) -> bytes:
    """Bytes of `value`; raises TypeError for what has no single JSON form (floats, dates, sets)."""
    _refuse_floats(value)
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def fingerprint(value: Any) -> str:
    """SHA-256 of the canonical bytes, hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _refuse_floats(value: Any) -> None:
    match value:
        case float():
            message = "a float has no place in canonical content: use a string or an integer"
            raise TypeError(message)
        case dict():
            for inner in value.values():
                _refuse_floats(inner)
        case list() | tuple():
            for inner in value:
                _refuse_floats(inner)
