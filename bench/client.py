"""Requests of the web client, answered by Odoo's own server code in this process.

All that belongs to a request takes part: session, routing, access, transaction, JSON.
What a request writes is taken back, so that each one finds the same database.
"""

from unittest.mock import patch

HOST = "localhost"
CALL = "/web/dataset/call_kw"
# What the web client asks for beside a form, to show the record's chatter.
CHATTER = (
    "activities",
    "attachments",
    "contact_fields",
    "followers",
    "scheduledMessages",
    "suggestedRecipients",
)
MESSAGES = 30


class WebClient:
    """A user's web client, logged in.

    :param env: the user's environment, with the context of the web client
    """

    def __init__(self, env):
        from werkzeug.test import Client

        from odoo import http

        self.context = dict(env.context)
        self.browser = Client(http.root)
        self.browser.set_cookie("session_id", _log_in(env), domain=HOST)

    def post(self, path, **params):
        """Send one request.

        :returns: the answer's result
        :raises AssertionError: the answer is an error
        """
        from odoo.sql_db import Cursor

        # what would be committed is written, but not kept when the cursor is closed
        with patch.object(Cursor, "commit", Cursor.flush):
            response = self.browser.post(
                path,
                json={"jsonrpc": "2.0", "method": "call", "params": params},
                base_url=f"http://{HOST}",
            )
        answer = response.get_json()
        if "error" in answer:
            raise AssertionError(f"{path}: {answer['error']['data']['debug']}")
        return answer["result"]

    def call(self, records, method, *args, **kwargs):
        """Call a method as the web client does.

        :param records: a recordset; an empty one for methods of the model
        """
        context = self.context | records.env.context
        return self.post(
            f"{CALL}/{records._name}/{method}",
            model=records._name,
            method=method,
            args=[*([records.ids] if records else []), *args],
            kwargs={"context": context, **kwargs},
        )

    def open_form(self, record, spec):
        """Open a record's form: its fields, then its chatter.

        :param dict spec: as ``views.get_spec`` gives it
        """
        self.call(record, "web_read", spec)
        thread = {"thread_model": record._name, "thread_id": record.id}
        asked = {**thread, "access_params": {}, "request_list": CHATTER}
        self.post(
            "/mail/data",
            fetch_params=[["mail.thread", asked]],
            context=self.context,
        )
        self.post("/mail/thread/messages", **thread, fetch_params={"limit": MESSAGES})


def _log_in(env):
    """Make a session of this user.

    :returns: its key
    """
    from odoo import http
    from odoo.service import security

    store = http.root.session_store
    session = store.new()
    session.update(http.get_default_session(), db=env.cr.dbname)
    # else Odoo writes down once an hour from which device somebody works
    session["_trace_disable"] = True
    session.uid, session.login = env.uid, env.user.login
    session.context = env["res.users"].context_get()
    session.session_token = security.compute_session_token(session, env)
    store.save(session)
    return session.sid
