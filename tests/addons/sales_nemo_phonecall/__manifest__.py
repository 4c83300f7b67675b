{
    "name": "Sales Nemo: Phone Calls",
    "summary": "An example of everything that an addon can add to Sales Nemo",
    "version": "19.0.1.0.0",
    "author": "sales_nemo contributors",
    "license": "LGPL-3",
    "depends": ["sales_nemo"],
    "data": [
        "security/ir.model.access.csv",
        "security/crm_phonecall_rules.xml",
        "data/crm_lead_brief_templates.xml",
        "views/crm_phonecall_views.xml",
    ],
    "installable": True,
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
}
