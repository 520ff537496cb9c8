"""Every kind of PDF before the real veraPDF: `make verapdf`."""
