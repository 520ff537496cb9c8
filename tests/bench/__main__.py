"""Run all parts, or those that are named: `python -m tests.bench [PART …]`."""

from __future__ import annotations

import subprocess
import sys

from tests.bench import PARTS


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"Unbekannt: {', '.join(unknown)}. Es gibt: {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    for name in names or PARTS:
        done = subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
