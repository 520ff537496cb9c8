"""How the product compares with the least that would do, in one run on one machine: `make bench`.

Only ratios are meant to be compared: both sides are measured in turn, and the median of each is taken. Each part runs
in a process of its own: `make bench PART=pages`.
"""

PARTS = ("pages", "saving", "reports", "load")
