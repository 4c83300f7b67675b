import {expect, queryAllTexts, queryOne, test, waitFor} from "@odoo/hoot";
import {
    contains,
    defineParams,
    mockService,
    mountView,
    onRpc,
    preloadBundle,
} from "@web/../tests/web_test_helpers";
import {
    defineQualificationModels,
    qualificationModels,
} from "./sales_nemo_test_helpers";

const {Lift, Profile, Stage} = qualificationModels;
const CHART = ".o_lift_chart";
const NAMES = [
    "Budget?",
    "Is there somebody who signs for the budget this year?",
    "Size?",
];
const NUMBERS = ["count", "rate", "low", "high"];
const FIELDS = ["met", "partly", "not_met", "unknown"]
    .flatMap((state) => [...NUMBERS, "text"].map((part) => `${state}_${part}`))
    .concat("name", "profile_id", "stage_id", "profile_rate")
    .concat("closed_count", "known_count", "sample_min");

defineQualificationModels();
preloadBundle("web.chartjs_lib");

/** Of five closed records three were won; the rates are told from two records on. */
function makeRow(id, profileId, values) {
    return {
        id,
        name: NAMES[id - 1],
        profile_id: profileId,
        profile_rate: 0.6,
        closed_count: 5,
        sample_min: 2,
        met_count: 4,
        met_rate: 0.75,
        met_low: 0.3,
        met_high: 0.95,
        met_text: "75.0 % (4)",
        not_met_count: 1,
        not_met_rate: 0,
        not_met_text: "too few (1)",
        ...values,
    };
}

async function mountCharts(rows, attributes = "", props = {}) {
    Profile._records = [
        {id: 1, name: "Strict"},
        {id: 2, name: "Loose"},
    ];
    Lift._records = rows;
    await mountView({
        type: "list",
        resModel: "crm.qualification.lift",
        arch: `
            <list js_class="qualification_lift_list" ${attributes}>
                ${FIELDS.map((name) => `<field name="${name}"/>`).join("")}
            </list>`,
        ...props,
    });
    await waitFor(`${CHART} canvas`);
}

const getChart = (name) =>
    Chart.getChart(queryOne(`${CHART}:contains(${name}) canvas`));

test("a chart for each profile, with the average of all", async () => {
    await mountCharts([
        makeRow(1, 1),
        makeRow(2, 1),
        makeRow(3, 2, {closed_count: 1234, profile_rate: 0.25}),
    ]);
    expect(queryAllTexts(`${CHART} h2`)).toEqual(["Strict", "Loose"]);
    expect(`${CHART}:contains(Strict)`).toHaveText(/average of all 5: 60\.0 %/);
    expect(`${CHART}:contains(Loose)`).toHaveText(/average of all 1,234: 25\.0 %/);
    expect(`${CHART} canvas[role=img]`).toHaveCount(2);
    expect(`${CHART}:contains(Strict) canvas`).toHaveAttribute(
        "aria-label",
        "Won rates by criterion, with 95 % intervals. The list below has the same figures."
    );
    expect(getChart("Strict").options.plugins.averageLine.value).toBe(60);
});

test("what is asked from a stage on has its own average", async () => {
    Stage._records = [{id: 1, name: "Proposition"}];
    await mountCharts([
        makeRow(1, 1),
        makeRow(3, 1, {stage_id: 1, closed_count: 4, profile_rate: 0.75}),
    ]);
    expect(queryAllTexts(`${CHART} h2`)).toEqual([
        "Strict",
        "Strict, asked from Proposition",
    ]);
    expect(`${CHART}:contains(Proposition)`).toHaveText(/average of all 4: 75\.0 %/);
    expect(getChart("Proposition").data.labels).toHaveLength(1);
});

test("bars with their intervals, of rates that are told", async () => {
    await mountCharts([
        makeRow(1, 1),
        makeRow(2, 1, {
            met_count: 1,
            unknown_count: 2,
            unknown_rate: 0.5,
            unknown_low: 0.1,
            unknown_high: 0.9,
        }),
    ]);
    const bars = getChart("Strict").data.datasets.map(({label, data, bounds}) => ({
        label,
        data,
        bounds,
    }));
    expect(bars).toEqual([
        {label: "Met", data: [75, null], bounds: [[30, 95], false]},
        {label: "Unknown", data: [null, 50], bounds: [false, [10, 90]]},
    ]);
    const {label} = getChart("Strict").options.plugins.tooltip.callbacks;
    expect(label({dataset: {label: "Met", texts: ["75.0 % (4)"]}, dataIndex: 0})).toBe(
        "Met: 75.0 % (4)"
    );
});

test("long questions are wrapped", async () => {
    await mountCharts([makeRow(1, 1), makeRow(2, 1)]);
    expect(getChart("Strict").data.labels).toEqual([
        ["Budget?"],
        ["Is there somebody who signs for", "the budget this year?"],
    ]);
});

test("how many differences are compared, and coloured by chance", async () => {
    const told = {not_met_count: 2, known_count: 6, unknown_count: 3};
    await mountCharts([makeRow(1, 1, told), makeRow(2, 1, told), makeRow(3, 2)]);
    expect(`${CHART}:contains(Strict)`).toHaveText(
        /4 differences are compared: .* about 0\.2 would be coloured/
    );
    expect(`${CHART}:contains(Loose)`).not.toHaveText(/differences/);
});

test("the average is written as the reader writes numbers", async () => {
    defineParams({lang_parameters: {decimal_point: ","}});
    await mountCharts([makeRow(1, 1)]);
    expect(`${CHART}:contains(Strict)`).toHaveText(/average of all 5: 60,0 %/);
});

test("from right to left the chart is mirrored", async () => {
    defineParams({lang_parameters: {direction: "rtl"}});
    await mountCharts([makeRow(1, 1)]);
    const {scales, plugins} = getChart("Strict").options;
    expect([scales.x.reverse, scales.y.position]).toEqual([true, "right"]);
    expect([plugins.legend.rtl, plugins.tooltip.rtl]).toEqual([true, true]);
});

test("a row opens what it counts, by the same filters", async () => {
    onRpc("action_open_leads", ({args}) => {
        expect.step(args);
        return {};
    });
    mockService("action", {doAction: () => {}});
    const domain = [["profile_id", "=", 1]];
    await mountCharts([makeRow(1, 1)], "", {domain});
    await contains(".o_data_row td[name=name]").click();
    expect.verifySteps([[[1], domain]]);
});

test("grouped lists have their charts, too", async () => {
    await mountCharts([makeRow(1, 1), makeRow(3, 2)], `expand="1"`, {
        groupBy: ["profile_id"],
    });
    expect(queryAllTexts(`${CHART} h2`)).toEqual(["Strict", "Loose"]);
});
