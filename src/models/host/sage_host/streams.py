"""The descriptors of the frames."""

import os

INPUT = 0

# Whatever a library prints on the usual one goes to stderr.
OUTPUT = os.dup(1)
os.dup2(2, 1)
