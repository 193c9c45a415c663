"""vtok held against an installed transformers: random sizes and settings, and files, on the user's own machine."""
