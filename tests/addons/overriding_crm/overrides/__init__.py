"""One override a module; the environment says which one this process has."""

import importlib
import os

if os.environ.get("OVERRIDE"):
    importlib.import_module(f"{__name__}.{os.environ['OVERRIDE']}")
