"""`python -m carrel`: the command `carrel`."""

import sys

from carrel.cli.main import main

sys.exit(main())
