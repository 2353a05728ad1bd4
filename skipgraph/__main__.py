"""`python -m skipgraph`."""

import sys

from skipgraph.cli import main

sys.exit(main())
