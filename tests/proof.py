"""How often a proof is repeated: a few times in every run, as often as it takes with `make proof`.

`CHARTA_PROOF=full` takes the large numbers, a share such as `CHARTA_PROOF=0.05` that part of them, never less than
the usual few.
"""

from __future__ import annotations

import os

_SHARE = os.environ.get("CHARTA_PROOF", "")
PROOF = bool(_SHARE)


def times(few: int, many: int) -> int:
    """`few` in every run, up to `many` in a proof."""
    if not PROOF:
        return few
    return many if _SHARE == "full" else max(few, round(many * float(_SHARE)))
