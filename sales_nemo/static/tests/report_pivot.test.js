import {expect, queryAllTexts, test, waitFor} from "@odoo/hoot";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {mailModels} from "@mail/../tests/mail_test_helpers";
import {getPeriod, goBack} from "@sales_nemo/report_pivot/report_pivot";

class Funnel extends models.Model {
    _name = "crm.qualification.funnel";

    created_date = fields.Datetime();
    team = fields.Char();
    lead_count = fields.Integer({help: "All that came in."});

    _records = [{id: 1, team: "One", lead_count: 1}];
}

class Override extends models.Model {
    _name = "crm.qualification.override";

    outcome = fields.Char();
    won_count = fields.Integer();
    lost_count = fields.Integer();
    won_rate = fields.Float({aggregator: "avg"});
    won_low = fields.Float({aggregator: "avg"});
    won_high = fields.Float({aggregator: "avg"});

    _records = [
        {
            id: 1,
            outcome: "Overridden",
            won_count: 1,
            won_rate: 100,
            won_low: 20.7,
            won_high: 100,
        },
    ];
}

defineModels({...mailModels, Funnel, Override});

const OCTOBER = [
    "&",
    ["created_date", ">=", "2026-09-30 23:00:00"],
    ["created_date", "<=", "2026-10-31 22:59:59"],
];
const step = (key, name, count, rate = null) => ({
    ...{key, name, count, rate},
    days: null,
    domain: [["key", "=", key]],
});

async function mountFunnel(domain) {
    onRpc("get_funnel", ({args}) => {
        expect.step(args[0].flat().filter((word) => /^2026/.test(word)));
        return {
            steps: [step("lead", "Lead", 8), step("qualified", "Qualified", 4, 50)],
            lost: step("lost", "Lost", 2, 25),
            parts: [step("passed", "passed", 1), step("unjudged", "never judged", 3)],
        };
    });
    await mountView({
        type: "pivot",
        resModel: "crm.qualification.funnel",
        arch: `
            <pivot js_class="qualification_funnel_pivot">
                <field name="team" type="row"/>
                <field name="lead_count" type="measure"/>
            </pivot>`,
        domain,
    });
    await waitFor(".o_funnel_picture");
}

test("the funnel is drawn, and what its columns count is explained", async () => {
    await mountFunnel([]);
    expect.verifySteps([[]]);
    expect(queryAllTexts(".o_funnel_picture li")).toEqual([
        "8\nLead",
        "4\nQualified\n50 %",
    ]);
    expect(queryAllTexts(".o_funnel_parts button")).toEqual([
        "1 passed",
        "3 never judged",
    ]);
    expect("select").toHaveAttribute("disabled");
    expect(".o_report_picture details dd").toHaveCount(1);
});

test("two periods stand side by side", async () => {
    Funnel._records[0].created_date = "2026-10-10 10:00:00";
    await mountFunnel(OCTOBER);
    expect.verifySteps([["2026-09-30 23:00:00", "2026-10-31 22:59:59"]]);
    await contains("select").select("period");
    await waitFor(".o_funnel_picture:nth-child(2)");
    expect.verifySteps([
        ["2026-09-30 23:00:00", "2026-10-31 22:59:59"],
        ["2026-08-31 23:00:00", "2026-09-30 22:59:59"],
    ]);
    expect(queryAllTexts(".o_funnel_picture h2")).toEqual([
        "10/01/2026 – 10/31/2026",
        "09/01/2026 – 09/30/2026",
    ]);
});

test("periods go back by their own length, or by a year", () => {
    const days = [
        ["created_date", ">=", "2026-03-01 10:00:00"],
        ["created_date", "<=", "2026-03-02 09:59:59"],
        ["team", "=", "2026-03-02 09:59:59"],
    ];
    expect(goBack(days, "period")).toEqual([
        ["created_date", ">=", "2026-02-28 10:00:00"],
        ["created_date", "<=", "2026-03-01 09:59:59"],
        days[2],
    ]);
    expect(goBack(OCTOBER, "year")[1][2]).toBe("2025-09-30 23:00:00");
    expect(getPeriod(days.slice(1))).toBe(null);
    expect(goBack([["created_date", "!=", false]], "year")).toBe(null);
});

test("one won of one is not told as 100 % alone", async () => {
    await mountView({
        type: "pivot",
        resModel: "crm.qualification.override",
        arch: `
            <pivot js_class="qualification_rate_pivot">
                <field name="outcome" type="row"/>
                <field name="won_count" type="measure"/>
                <field name="lost_count" type="measure"/>
                <field name="won_rate" type="measure"/>
                <field name="won_low" type="measure"/>
                <field name="won_high" type="measure"/>
            </pivot>`,
    });
    expect(queryAllTexts(".o_rate_row")).toEqual([
        "Overridden\n100.0 % (20.7–100.0) of 1",
    ]);
});
