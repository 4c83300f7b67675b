"""Measures Odoo with the addon against Odoo alone, side by side."""
