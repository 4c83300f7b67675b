import {startBusService} from "@bus/../tests/bus_test_helpers";
import {
    advanceTime,
    animationFrame,
    expect,
    queryAllTexts,
    test,
    waitFor,
    waitForNone,
} from "@odoo/hoot";
import {MockServer, contains, mountView, onRpc} from "@web/../tests/web_test_helpers";
import {
    defineMessage,
    defineQualificationModels,
    onRpcOpen,
    qualificationModels,
} from "./sales_nemo_test_helpers";

defineQualificationModels();

// PREVIEW

const PREVIEW = ".o_conversion_preview";

async function mountPreview(getPreview) {
    qualificationModels.MassConvertDialog._records = [{id: 1, scope: "selected"}];
    onRpc("crm.lead2opportunity.partner.mass", "get_preview", ({args}) => {
        expect.step(args);
        return getPreview(args);
    });
    await mountView({
        type: "form",
        resModel: "crm.lead2opportunity.partner.mass",
        resId: 1,
        context: {active_ids: [7, 8], active_domain: [["name", "ilike", "tour"]]},
        arch: `
            <form>
                <field name="scope" widget="radio"/>
                <widget name="conversion_preview"/>
                <button name="convert" invisible="passes_none"/>
            </form>`,
    });
}

const makePreview = (values) => ({
    total: 2,
    judged: 2,
    passing: 1,
    refused: 1,
    reasons: [
        {key: "contacted", name: "Contacted", count: 1},
        {key: "needs_known", name: "Needs", count: 1},
    ],
    examples: [
        {id: 8, name: "Tour bad", checks: ["Contacted", "Needs"], reasons: ["No"]},
    ],
    ...values,
});

test("says beforehand who will be converted, who not, and why", async () => {
    await mountPreview(() => makePreview());
    await waitFor(".o_conversion_passing");
    expect(".o_conversion_passing").toHaveText("1 will be converted");
    expect(".o_conversion_refused").toHaveText("1 stays a lead");
    expect(queryAllTexts(`${PREVIEW} .badge`)).toEqual(["Contacted: 1", "Needs: 1"]);
    expect(".o_conversion_examples").toHaveCount(0);
    await contains(`${PREVIEW} button:contains(Show who)`).click();
    expect(queryAllTexts(".o_conversion_examples li")).toEqual([
        "Tour bad\nContacted, Needs",
    ]);
    await contains(`${PREVIEW} button:contains(Hide who)`).click();
    expect(".o_conversion_examples").toHaveCount(0);
    expect.verifySteps([[[7, 8], null]]);
});

test("is judged anew when all that match the filter are meant", async () => {
    await mountPreview(([ids]) => makePreview({passing: ids.length || 5, refused: 0}));
    await waitFor(".o_conversion_passing:contains(2 will be converted)");
    expect(".o_conversion_refused").toHaveCount(0);
    await contains("[name=scope] input[data-value=filter]").click();
    await waitFor(".o_conversion_passing:contains(5 will be converted)");
    expect.verifySteps([
        [[7, 8], null],
        [[], [["name", "ilike", "tour"]]],
    ]);
});

test("of very many the first are judged", async () => {
    await mountPreview(() => makePreview({total: 5000, judged: 1000, refused: 40}));
    await waitFor(`${PREVIEW}:contains(of the first 1000 of 5000)`);
    expect(".o_conversion_refused").toHaveText("40 stay leads");
    await contains(`${PREVIEW} button:contains(Show who)`).click();
    expect(".o_conversion_examples li:last").toHaveText("and 39 more");
    expect.verifySteps([[[7, 8], null]]);
});

test("where none would be converted nothing can be pressed", async () => {
    await mountPreview(([ids]) => makePreview({passing: ids.length ? 0 : 1}));
    await waitForNone("button[name=convert]");
    expect(".o_conversion_passing").toHaveText("0 will be converted");
    await contains("[name=scope] input[data-value=filter]").click();
    await waitFor("button[name=convert]");
    expect.verifySteps([
        [[7, 8], null],
        [[], [["name", "ilike", "tour"]]],
    ]);
});

test("of very many the rest may still pass", async () => {
    await mountPreview(() => makePreview({total: 5000, judged: 1000, passing: 0}));
    await waitFor(".o_conversion_passing");
    expect("button[name=convert]").toHaveCount(1);
    expect.verifySteps([[[7, 8], null]]);
});

// PROGRESS AND REASONS

const PROGRESS = ".o_conversion_progress";

async function mountJob(values) {
    qualificationModels.ConversionJob._records = [{id: 1, total_count: 4, ...values}];
    onRpc("crm.lead.conversion.job", "get_progress", function () {
        return this.env["crm.lead.conversion.job"].browse(1)[0].progress;
    });
    await mountView({
        type: "form",
        resModel: "crm.lead.conversion.job",
        resId: 1,
        arch: `
            <form>
                <field name="state" readonly="1"/>
                <field name="progress" widget="conversion_progress"/>
                <field name="reasons" widget="conversion_reasons"/>
            </form>`,
    });
}

const makeProgress = (state, done) => ({state, progress: {state, done, total: 4}});

test("the bus tells how far it is, and the result is shown at the end", async () => {
    await mountJob(makeProgress("waiting", 0));
    await startBusService();
    const tell = (id, state, done) =>
        MockServer.env["bus.bus"]._sendone(
            "broadcast",
            "crm.lead.conversion.job/progress",
            {id, state, done, total: 4}
        );
    expect(PROGRESS).toHaveText(/0 of 4 leads treated\s+0 %/);
    tell(1, "running", 1);
    await waitFor(`${PROGRESS}:contains(1 of 4 leads treated)`);
    expect(`${PROGRESS} [role=progressbar]`).toHaveAttribute("aria-valuenow", "25");
    // another conversion is not ours
    tell(2, "running", 3);
    await animationFrame();
    expect(PROGRESS).toHaveText(/1 of 4 leads treated/);
    MockServer.env["crm.lead.conversion.job"].write([1], makeProgress("done", 4));
    tell(1, "done", 4);
    await waitForNone(PROGRESS);
    await waitFor("div[name=state]:contains(Done)");
});

test("where the bus is silent, the server is asked", async () => {
    await mountJob(makeProgress("waiting", 0));
    MockServer.env["crm.lead.conversion.job"].write([1], makeProgress("running", 3));
    await advanceTime(3000);
    await waitFor(`${PROGRESS}:contains(3 of 4 leads treated)`);
    MockServer.env["crm.lead.conversion.job"].write([1], makeProgress("done", 4));
    await advanceTime(3000);
    await waitForNone(PROGRESS);
    await waitFor("div[name=state]:contains(Done)");
});

test("what was cancelled makes no progress", async () => {
    await mountJob(makeProgress("cancelled", 2));
    expect(PROGRESS).toHaveCount(0);
});

test("each reason opens its leads", async () => {
    defineMessage("Tour bad");
    onRpcOpen("crm.lead.conversion.job", "action_open_leads");
    await mountJob({
        ...makeProgress("done", 4),
        reasons: [
            {key: "contacted", name: "Contacted", count: 3},
            {key: "needs_known", name: "Needs", count: 1},
        ],
    });
    expect(queryAllTexts(".o_conversion_reasons button")).toEqual([
        "Contacted3",
        "Needs1",
    ]);
    await contains(".o_conversion_reasons button:contains(Contacted)").click();
    await waitFor(".modal:contains(Tour bad)");
    expect.verifySteps([["action_open_leads", [1], "refused", "contacted"]]);
});
