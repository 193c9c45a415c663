"""From results to something to look at: plain text, JSON, tables, pictures. Nothing here measures or computes."""
