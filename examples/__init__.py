"""Uses of sales_nemo on real data; nothing here is part of the addon."""
