from . import overriding_call, overrides
