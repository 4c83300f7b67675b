from . import test_check, test_phonecall
