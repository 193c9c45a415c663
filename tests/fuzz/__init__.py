"""Damaged files: what vtok says of them against its judges, and that it says one line whatever they hold."""
