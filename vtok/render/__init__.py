"""From results to something to look at: plain text, JSON, tables, images. Nothing here measures or computes."""
