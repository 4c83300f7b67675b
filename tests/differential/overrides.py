"""Another addon's overrides of the conversion: one at most is in place at a time."""

import inspect

PREFIX = "odoo.addons.overriding_"
OURS = "odoo.addons.sales_nemo."
# The methods that were taken off: ``{place: (class, {name: method})}``.
_taken_off = {}


def take_off(registry):
    """Have leads as if there were no overriding addon, until a method is chosen.

    Its place is below our addon or above it; without our addon there is one place only.
    """
    place = "above"
    for cls in registry["crm.lead"].mro():
        if cls.__module__.startswith(OURS):
            place = "below"
        elif cls.__module__.startswith(PREFIX):
            methods = dict(filter(_is_method, vars(cls).items()))
            _taken_off[place] = cls, methods
    choose(registry)


def choose(registry, place=None, method=None):
    """Put one method in its place, and take off what was there.

    :param method: its name; None: no override
    """
    for cls, methods in _taken_off.values():
        for name in methods.keys() & vars(cls).keys():
            delattr(cls, name)
    if method:
        (only, *others) = _taken_off
        cls, methods = _taken_off[place if others else only]
        setattr(cls, method, methods[method])
    # what was found out about the methods' addons
    registry.clear_cache()


def _is_method(item):
    return inspect.isfunction(item[1])
