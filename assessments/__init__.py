"""How municipalities stand against the Charter."""

VERSION = "0.1.0"  # of the product, as in pyproject.toml
