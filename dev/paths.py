"""Where things lie."""

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADDON = ROOT / "sales_nemo"

# Everything that the commands make inside the checkout; ignored by git.
WORK = ROOT / ".odoo"
LOGS = WORK / "logs"
LOCKS = WORK / "locks"
VENV = WORK / "venv"
PYTHON = VENV / "bin" / "python"
LAUNCHER = VENV / "bin" / "odoo"
DATA = WORK / "data"

# What a second checkout can use too: the unpacked Odoo, wheels, dumps.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "sales_nemo"

# Tells checkouts apart wherever they share a place.
CHECKOUT_ID = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
