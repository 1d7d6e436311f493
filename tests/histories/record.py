"""Records whole incidents, and what lives beside them, for `tests/test_replay.py`.

    python tests/histories/record.py

By hand, after the workflows have learned to ask something else of Temporal, and before a release. Each
version has a folder of its own. Those of versions that are out stay as they are: incidents that began under
them may still be open when the next version takes over.
"""

import sys
from pathlib import Path

import pytest

if __name__ == "__main__":
    stories = Path(__file__).with_name("stories.py")
    sys.exit(pytest.main([str(stories), "--override-ini", "python_functions=record_*"]))
