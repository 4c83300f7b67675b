"""Calls of Odoo's methods over HTTP, as a person's own program makes them."""

import json
import urllib.error
import urllib.request


def post(address, key, model, method, **body):
    """Call a method; it may take its time.

    :param key: the person's API key
    :param body: the arguments by name; ``ids`` and ``context`` are Odoo's
    :returns: ``(HTTP status, what was answered)``
    """
    request = urllib.request.Request(
        f"{address}/json/2/{model}/{method}",
        data=json.dumps(body).encode(),
        headers={
            "Content-Type": "application/json",
            "Authorization": f"bearer {key}",
        },
    )
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
