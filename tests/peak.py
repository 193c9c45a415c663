"""The most memory that a command holds, in a process of its own."""

PEAK = """
import re, resource, sys
from vtok.cli import main
try:
    main(sys.argv[1:])
finally:
    try:
        status = open("/proc/self/status").read()  # getrusage would tell the parent's peak where that is higher
        peak = int(re.search(r"VmHWM:\\s*(\\d+)", status)[1])
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)
    print(peak, file=sys.stderr)
"""
"""A program that runs vtok and prints the most KiB that it held."""
