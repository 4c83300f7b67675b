{
    "name": "The same overrides, of an addon that depends on sales_nemo",
    "version": "19.0.1.0.0",
    "author": "sales_nemo contributors",
    "license": "LGPL-3",
    "depends": ["overriding_crm", "sales_nemo"],
    "installable": True,
}
