# In this order each passes create and write on to the one before it, and knows only
# those before it.
from . import (
    base,
    policy,
    evidence,
    facts,
    decision,
    accounts,
    conversion,
    recycling,
    pipeline,
)
