"""The leads of an online course seller, from a raw CSV to decisions of the gate."""
