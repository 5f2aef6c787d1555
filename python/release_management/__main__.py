"""The command line of Tidegate, from the wheel: ``tidegate …`` or ``python -m release_management …``."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

from . import _native
from ._embedded import own_program


def main(arguments: Sequence[str] | None = None) -> int:
    """Carries out one command line; answers its exit code (0 done, 1 refused or rolled back, 2 usage, 3 fault)."""
    # Python would only note Ctrl-C and act on it once the command has ended.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    program, before = own_program()
    return _native.run(list(sys.argv[1:] if arguments is None else arguments), program, before)


if __name__ == "__main__":
    sys.exit(main())
