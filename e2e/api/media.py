"""How bodies of our own media types are sent: as the bytes that they are."""

import schemathesis

schemathesis.serializer.alias("application/vnd.tidegate.bundle", "application/octet-stream")
