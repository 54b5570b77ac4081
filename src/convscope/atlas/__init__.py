"""The activation atlas of one's own model and images."""
