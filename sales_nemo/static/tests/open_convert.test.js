import {expect, test, waitFor, waitForNone} from "@odoo/hoot";
import {
    MockServer,
    contains,
    getService,
    mountWebClient,
} from "@web/../tests/web_test_helpers";
import {
    defineMessage,
    defineQualificationModels,
    onRpcOpen,
    qualificationModels,
} from "./sales_nemo_test_helpers";

defineQualificationModels();

async function followLink(tag, method) {
    const {CrmLead} = qualificationModels;
    CrmLead._records = [{id: 7, name: "Tour lead"}];
    CrmLead._views = {form: `<form><field name="name"/></form>`, search: `<search/>`};
    defineMessage("What is missing");
    onRpcOpen("crm.lead", method);
    await mountWebClient();
    getService("action").doAction({
        type: "ir.actions.client",
        tag,
        context: {active_id: 7},
    });
    await waitFor(".modal:contains(What is missing)");
    expect(".o_form_view div[name=name] input").toHaveValue("Tour lead");
    // what the dialog does to the lead is shown when it is closed
    MockServer.env["crm.lead"].write([7], {name: "Tour deal"});
    await contains(".modal .btn-close").click();
    await waitForNone(".modal");
    await waitFor(".o_form_view div[name=name] input:value(Tour deal)");
    expect.verifySteps([[method, [7]]]);
}

test("a link to convert opens the lead with the dialog over it", async () => {
    await followLink("qualification_open_convert", "action_open_convert_dialog");
});

test("a link to lose does, too", async () => {
    await followLink("qualification_open_lost", "action_open_lost_dialog");
});
