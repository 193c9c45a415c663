"""What families are built of: the base class, views, spans, tiles, videos, position ids."""
