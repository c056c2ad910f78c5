"""The entry point of `python -m pip`, and of the commands `pip` and `pip3`."""

import sys

from pip import main

sys.exit(main())
