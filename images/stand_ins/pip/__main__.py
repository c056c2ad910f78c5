"""`python -m pip`, and what `pip` and `pip3` run."""

import sys

from pip import main

sys.exit(main())
