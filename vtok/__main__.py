"""`python -m vtok` is `vtok`."""

from vtok.cli import main

main()
