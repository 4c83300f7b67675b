"""What happens once, when the addon is installed."""


def post_init_hook(env):
    """Start gently on a live database, and with the gate closed on an empty one.

    - no CRM records, or demo data: the shipped profile enforces and Leads are switched
      on, as Odoo's settings page does it;
    - live data: the profile advises; nobody's pipeline stops on the installation day.
    """
    leads = env["crm.lead"].with_context(active_test=False)
    has_demo = env.ref("base.module_sales_nemo").demo
    profile = env.ref("sales_nemo.crm_qualification_profile_default")
    if has_demo or not leads.search_count([], limit=1):
        env["res.config.settings"].create({"group_use_lead": True}).execute()
    else:
        profile.enforcement = "advise"
    profile._review_leads()
