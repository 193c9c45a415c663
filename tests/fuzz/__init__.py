"""Damaged files, and what vtok says of them against its judges."""
