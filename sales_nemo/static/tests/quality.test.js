import {expect, queryAllTexts, test} from "@odoo/hoot";
import {mockService, mountView, contains} from "@web/../tests/web_test_helpers";
import {
    defineQualificationModels,
    qualificationModels,
} from "./sales_nemo_test_helpers";

const measure = (auc) => ({auc, brier: 0.1789, log_loss: 0.5, bins: []});
const row = (values) => ({
    ids: [1, 2, 3, 4],
    predicted: 0.3,
    won: 1,
    month: null,
    bounds: [0.05, 0.7],
    z: null,
    ...values,
});
const QUALITY = {
    learnt: {date: "2026-02-01", deals: 1274, won: 448},
    kinds: {
        shown: measure(0.83),
        new: measure(0.84),
        hand: measure(0.678),
        odoo: null,
        base: measure(0.5),
    },
    bins: [
        {n: 100, won: 20, predicted: 0.25, bounds: [0.13, 0.29]},
        {n: 0, won: 0, predicted: 0, bounds: [0, 1]},
    ],
    since: {
        date: "2026-03-01 10:00:00",
        is_cut: false,
        is_drifting: true,
        quality: measure(0.8),
        rows: [
            row({z: -3.62}),
            row({month: "2026-03-01", ids: [1]}),
            row({month: "2026-04-01", z: 1}),
        ],
    },
};

defineQualificationModels();

async function mountQuality(quality) {
    qualificationModels.Profile._records = [{id: 5, name: "Standard", quality}];
    await mountView({
        type: "form",
        resModel: "crm.qualification.profile",
        resId: 5,
        arch: `<form><field name="quality" widget="scorecard_quality"/></form>`,
    });
}

test("tells how good it is beside what else there was", async () => {
    await mountQuality(QUALITY);
    expect(queryAllTexts("tr[data-kind=shown] :is(th, td)")).toEqual([
        "Probability by the scorecard",
        "0.830",
        "0.179",
        "0.500",
    ]);
    expect(queryAllTexts("tr[data-kind=odoo] :is(th, td)")).toEqual([
        "Odoo's own scoring",
        "not known",
    ]);
    // an empty group is not drawn
    expect("svg circle").toHaveCount(1);
    expect(queryAllTexts("svg title")).toEqual([
        "predicted 25.0 %, won 20 of 100 (13.0 % to 29.0 %)",
    ]);
});

test("tells what became of it, and opens the deals", async () => {
    mockService("action", {
        doAction(action) {
            expect.step([action.res_model, action.domain]);
        },
    });
    await mountQuality(QUALITY);
    expect(queryAllTexts("tr[data-month=all] td")).toEqual([
        "All",
        "4",
        "30.0 %",
        "25.0 % (5.0 % to 70.0 %)",
        "-3.6",
    ]);
    expect("tr[data-month=all] .text-danger").toHaveCount(1);
    expect("tr[data-month='2026-03-01'] td:last").toHaveText("too few to tell");
    expect(".alert-warning").toHaveText(/learn the weights anew/);
    await contains("tr[data-month='2026-03-01'] button").click();
    expect.verifySteps([["crm.lead", [["id", "in", [1]]]]]);
});

test("says where there is nothing to tell", async () => {
    const rows = [row({ids: [], won: 0})];
    const since = {...QUALITY.since, is_drifting: false, quality: {}, rows};
    await mountQuality({...QUALITY, since});
    expect(".alert-warning").toHaveCount(0);
    expect(".o_scorecard_quality").toHaveText(/No deal was closed since/);
    expect(".o_scorecard_quality table").toHaveCount(1);
});

test("without a scorecard there is no quality", async () => {
    await mountQuality(false);
    expect(".o_field_widget[name=quality]").toHaveText(/No scorecard is in force/);
});
