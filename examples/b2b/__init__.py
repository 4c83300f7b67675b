"""The deals of a hardware seller and its accounts, and what its criteria are worth."""
