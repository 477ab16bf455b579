#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Makes a copy of a kernel module under another name, for a test: two modules that export the same symbols.

usage: twin.py MODULE.ko TWIN.ko        both names, without .ko, have the same length
"""
import pathlib
import sys

original, twin = (pathlib.Path(name) for name in sys.argv[1:])
old, new = original.stem.encode(), twin.stem.encode()
assert len(old) == len(new), "the names differ in length"
image = original.read_bytes()
# The name stands in struct module, which the loader reads, and in .modinfo.
places = image.count(b"\0" + old + b"\0"), image.count(b"name=" + old + b"\0")
assert all(places), f"the name was not found: {places}"
twin.write_bytes(image.replace(b"\0" + old + b"\0", b"\0" + new + b"\0").replace(b"name=" + old + b"\0", b"name=" + new + b"\0"))
