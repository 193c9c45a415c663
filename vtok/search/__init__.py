"""Settings searched for: what would fit a budget, and what explains a number."""
