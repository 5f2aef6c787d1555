"""The manager for asyncio, part by part; `generate.py` writes them from `_parts`, but for what they stand on."""
