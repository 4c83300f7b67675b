"""The pictures of the store page and of README, taken anew of the demo data.

It runs in the environment's Python: ``python3 -m dev screenshots`` calls it.
"""

from PIL import Image
from playwright.sync_api import sync_playwright

from . import browser, databases, environment, postgres, serving
from .console import say
from .paths import ADDON

FOLDER = ADDON / "static/description"
SIZE = {"width": 1400, "height": 900}
QUIET = ("--log-level=error", "--max-cron-threads=0")
# Milliseconds: what takes longer hangs.
PATIENCE = 120_000
# An external id as the web client knows it.
FIND = """async ([model, domain]) => {
    const {orm} = odoo.__WOWL_DEBUG__.root.env.services;
    return (await orm.search(model, domain, {limit: 1}))[0];
}"""
# Does what a button does.
PRESS = """async ([model, method, id]) => {
    const {action, orm} = odoo.__WOWL_DEBUG__.root.env.services;
    await action.doAction(await orm.call(model, method, [[id]]));
}"""
# The form's buttons stay where they are, and would cover it.
BELOW_BUTTONS = """(sheet) => {
    sheet.style.scrollMarginTop = "70px";
    sheet.scrollIntoView();
}"""
KNOWN = [["name", "=like", "Castor Instruments: %"]]
REFUSED = [["name", "=like", "Tilleul Publishing: %"]]
ACCOUNT = [["name", "=", "Ashcombe & Hale"]]
PROFILE = [["name", "=", "Office Projects"], ["state", "=", "published"]]


def take(page, address):
    """Take all pictures.

    :param page: of a browser, logged in
    """

    def shoot(name, path, wait):
        page.goto(f"{address}/odoo/{path}")
        page.wait_for_selector(wait)
        save(name)

    def shoot_tab(name, path, tab, wait):
        page.goto(f"{address}/odoo/{path}")
        page.click(f".o_notebook a[name={tab}]")
        page.locator(wait).evaluate(BELOW_BUTTONS)
        save(name)

    def save(name):
        # what moves has come to rest, and images are there
        page.wait_for_timeout(3000)
        path = FOLDER / f"{name}.png"
        page.screenshot(path=path)
        # a third of the size, and nobody sees it
        with Image.open(path) as image:
            few = image.convert("RGB").quantize(method=Image.Quantize.MAXCOVERAGE)
            few.save(path, optimize=True)
        say(f"   {name}.png")

    def press(model, record, method, wait):
        page.goto(f"{address}/odoo/{model}/{record}")
        page.wait_for_selector(".o_form_view")
        page.evaluate(PRESS, [model, method, record])
        page.wait_for_selector(wait)

    # what is shown once only
    page.goto(f"{address}/odoo/qualification")
    page.click(".o_home_put_away")
    shoot("home", "qualification", ".o_home_steps")
    shoot("explore", "action-sales_nemo.res_partner_action_explore", ".o_list_table")
    shoot("board", "action-sales_nemo.crm_lead_action_board", ".o_kanban_record")
    shoot("funnel", "action-sales_nemo.crm_qualification_funnel_action", ".o_funnel")
    shoot("lift", "action-sales_nemo.crm_qualification_lift_action", ".o_data_row")
    shoot("leads", "action-crm.crm_lead_all_leads", ".o_next_step")
    page.click("button:has-text('Work Through')")
    page.wait_for_selector(".o_call_page")
    save("work_through")
    lead, refused = (page.evaluate(FIND, ["crm.lead", d]) for d in (KNOWN, REFUSED))
    account = page.evaluate(FIND, ["res.partner", ACCOUNT])
    sheet = ".o_qualification_sheet"
    shoot_tab("qualification_tab", f"crm.lead/{lead}", "qualification", sheet)
    page.click(".o_statusbar_buttons button:has-text('Lost')")
    page.click(".modal :text-is('Bad timing')")
    save("lost")
    sheet = ".o_account_sheet"
    shoot_tab("account_tab", f"res.partner/{account}", "account", sheet)
    checks = ".modal .o_qualification_checks"
    press("crm.lead", refused, "action_open_convert_dialog", checks)
    save("convert_refused")
    model = "crm.qualification.profile"
    profile = page.evaluate(FIND, [model, PROFILE])
    shoot("profile", f"{model}/{profile}", ".o_notebook .o_data_row")
    press(model, profile, "action_try_on_history", ".modal .o_form_view")
    save("history")
    # something to publish, which is thrown away with the database
    press(model, profile, "action_change", ".o_form_view [name=action_discard]")
    page.fill(".o_field_widget[name=score_min] input", "45")
    page.click("button[name=action_publish]")
    page.wait_for_selector(".modal [name=action_publish]")
    save("publish")
    page.set_viewport_size({"width": SIZE["width"], "height": 700})
    page.goto((FOLDER / "banner.svg").as_uri())
    save("banner")


def main():
    """Serve the demo data and take the pictures."""
    source = environment.prepare()
    with postgres.running(), sync_playwright() as playwright:
        template = databases.addon_template(source, demo=True)
        with (
            databases.temporary_copy(template, "pictures") as database,
            serving.server(database, *QUIET) as (_process, address),
        ):
            chromium = playwright.chromium.launch(
                executable_path=browser.path(), args=browser.ARGUMENTS
            )
            page = chromium.new_page(viewport=SIZE)
            page.set_default_timeout(PATIENCE)
            browser.log_in(page, address)
            take(page, address)
            chromium.close()


if __name__ == "__main__":
    main()
