"""Installation and removal: what is stored follows from what is there.

A check that comes or goes makes other verdicts: leads are judged anew by the scheduled
review, when this addon's code is loaded, or no more.
"""


def post_init_hook(env):
    env["crm.qualification.profile"].search([])._schedule_review()


def uninstall_hook(env):
    # what calls proved goes with them
    env["crm.phonecall"].search([]).unlink()
    env["crm.qualification.profile"].search([])._schedule_review()
