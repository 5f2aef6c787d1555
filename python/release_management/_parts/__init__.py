"""The manager, part by part."""
