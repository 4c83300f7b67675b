import {animationFrame, expect, mockDate, test, waitFor, waitForNone} from "@odoo/hoot";
import {contains, getService, mountView, onRpc} from "@web/../tests/web_test_helpers";
import {
    defineMessage,
    defineQualificationModels,
    onRpcOpen,
    qualificationModels,
} from "./sales_nemo_test_helpers";

const {CrmLead} = qualificationModels;
const BANNER = ".o_advise_banner";
const LIST = `<list js_class="qualification_lead_list"><field name="name"/></list>`;
const KANBAN = `
    <kanban js_class="qualification_crm_kanban">
        <templates><t t-name="card"><field name="name"/></t></templates>
    </kanban>`;

defineQualificationModels();

/** A server with the profiles that only advise; the test may change them meanwhile. */
async function mountBanner(profiles, {type = "list", isManager = true} = {}) {
    CrmLead._records = [{id: 7, name: "Tour lead"}];
    onRpc("res.users", "has_group", ({args}) =>
        args[1] === "sales_team.group_sale_manager" ? isManager : true
    );
    onRpc("crm.qualification.profile", "get_advise_summary", () => {
        expect.step("get_advise_summary");
        return [...profiles];
    });
    const arch = type === "list" ? LIST : KANBAN;
    await mountView({type, resModel: "crm.lead", arch});
}

const makeProfile = () => ({
    id: 3,
    name: "Strict",
    past: "Blocked 2 of 3.",
    blocked: 12,
});

test("tells managers what the past says", async () => {
    await mountBanner([makeProfile()]);
    await waitFor(BANNER);
    expect(BANNER).toHaveText(/“Strict” only advises\.\s+Blocked 2 of 3\.\s+Enforce/);
    expect.verifySteps(["get_advise_summary"]);
});

test("where no deal was closed, it tells what it would refuse now", async () => {
    const profile = {...makeProfile(), past: ""};
    await mountBanner([profile, {...profile, id: 4, name: "Soft", blocked: 1}]);
    await waitFor(BANNER);
    expect(`${BANNER}:contains(Strict)`).toHaveText(
        /Enforced, it would refuse 12 open leads now\./
    );
    expect(`${BANNER}:contains(Soft)`).toHaveText(
        /Enforced, it would refuse 1 open lead now\./
    );
    expect.verifySteps(["get_advise_summary"]);
});

test("is asked for once a page load, and again when policy changed", async () => {
    onRpc("crm.qualification.profile", "action_advise", () => false);
    await mountBanner([makeProfile()]);
    await waitFor(BANNER);
    await mountView({type: "list", resModel: "crm.lead", arch: LIST});
    await waitFor(`${BANNER}:eq(1)`);
    expect.verifySteps(["get_advise_summary"]);
    await getService("orm").call("crm.qualification.profile", "action_advise", [[3]]);
    await mountView({type: "list", resModel: "crm.lead", arch: LIST});
    await waitFor(`${BANNER}:eq(2)`);
    expect.verifySteps(["get_advise_summary"]);
});

test("put off, it is gone, and the server is told", async () => {
    mockDate("2026-03-02 12:00:00");
    onRpc("res.users.settings", "set_res_users_settings", ({kwargs}) => {
        expect.step(kwargs.new_settings);
        return {};
    });
    await mountBanner([makeProfile()]);
    await contains(`${BANNER} button:contains(Ask again in a week)`).click();
    await waitForNone(BANNER);
    expect.verifySteps([
        "get_advise_summary",
        {qualification_banner_from: "2026-03-09"},
    ]);
});

test("stands over cards, too", async () => {
    await mountBanner([makeProfile()], {type: "kanban"});
    await waitFor(`${BANNER}:contains(Strict) ~ .o_kanban_renderer`);
    expect.verifySteps(["get_advise_summary"]);
});

test("turning it on shows the trial first; then the banner is gone", async () => {
    const profiles = [makeProfile()];
    defineMessage("The trial");
    onRpcOpen("crm.qualification.profile", "action_try_on_history");
    await mountBanner(profiles);
    await contains(`${BANNER} button:contains(Enforce)`).click();
    await waitFor(".modal:contains(The trial)");
    profiles.pop();
    await contains(".modal .btn-close").click();
    await waitForNone(BANNER);
    expect(".o_list_renderer").toHaveCount(1);
    expect.verifySteps([
        "get_advise_summary",
        ["action_try_on_history", [3]],
        "get_advise_summary",
    ]);
});

test("closing the trial changes nothing", async () => {
    defineMessage("The trial");
    onRpcOpen("crm.qualification.profile", "action_try_on_history");
    await mountBanner([makeProfile()]);
    await contains(`${BANNER} button:contains(Enforce)`).click();
    await contains(".modal .btn-close").click();
    await waitForNone(".modal");
    expect(BANNER).toHaveCount(1);
    expect.verifySteps([
        "get_advise_summary",
        ["action_try_on_history", [3]],
        "get_advise_summary",
    ]);
});

test("salespeople are told nothing", async () => {
    await mountBanner([makeProfile()], {isManager: false});
    await animationFrame();
    expect(".o_data_row").toHaveCount(1);
    expect(BANNER).toHaveCount(0);
    expect.verifySteps([]);
});
