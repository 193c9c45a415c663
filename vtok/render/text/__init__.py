"""Results as text: plain lines, tables, JSON and CSV."""
