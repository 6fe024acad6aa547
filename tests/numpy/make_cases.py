#!/usr/bin/env python3
"""Writes all cases: python3 make_cases.py [seed] > cases.txt. Needs NumPy (Debian: python3-numpy, /usr/bin/python3)."""
import array_cases  # noqa: F401 - each module adds its cases
import elementwise_cases  # noqa: F401
import linalg_cases  # noqa: F401
import print_cases  # noqa: F401
import reduction_cases  # noqa: F401
from cases import lines

print("\n".join(lines))
