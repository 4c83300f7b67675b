from . import conversion, main
