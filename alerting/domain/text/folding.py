"""Text without what people vary when they type a name."""

import re
import unicodedata

JOINTS = re.compile(r"[-‐‑–—'’ʼ`´.\s]+")


def folded(text: str) -> str:
    """`text` without what people vary: case, accents, hyphens, apostrophes, spaces."""
    bare = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text.casefold())
        if not unicodedata.combining(letter)
    )
    return " ".join(JOINTS.sub(" ", bare).split())
