"""Everything a developer needs to run, test and measure sales_nemo.

Only the standard library is used: the package itself sets up the environment
that everything else lives in.
"""
