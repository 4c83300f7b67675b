import {Component, onWillStart, useEffect, useRef} from "@odoo/owl";
import {loadBundle} from "@web/core/assets";
import {localization} from "@web/core/l10n/localization";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {formatFloat, formatInteger} from "@web/views/fields/formatters";
import {listView} from "@web/views/list/list_view";
import {useCallAction} from "../call_action";
import {useLabels} from "../display";

// Each with the variable of the stylesheet that has its colour; "-border" of its outline.
const STATES = [
    {key: "met", color: "--LiftChart-met"},
    {key: "partly", color: "--LiftChart-partly"},
    {key: "not_met", color: "--LiftChart-not-met"},
    {key: "unknown", color: "--LiftChart-unknown"},
];
// What is compared in the list.
const DIFFERENCES = [
    ["known", "unknown"],
    ["met", "not_met"],
];
// Of so many comparisons one goes beyond its 95 % interval by chance.
const BY_CHANCE = 20;
// Pixels of the chart: of a bar, between criteria, and around them all.
const BAR = 13;
const GAP = 14;
const FRAME = 90;
// Letters of a line of a question, on a narrow screen and on a wide one.
const NARROW = 14;
const WIDE = 34;
const SMALL_SCREEN = 600;

/** Splits a question into lines, so that long ones leave room for the bars. */
function wrap(text, length) {
    const lines = [""];
    for (const word of text.split(" ")) {
        const longer = `${lines.at(-1)} ${word}`.trim();
        if (longer.length <= length || !lines.at(-1)) {
            lines[lines.length - 1] = longer;
        } else {
            lines.push(word);
        }
    }
    return lines;
}

/** A line in its own direction, whatever the page's. */
function isolate(line) {
    return `\u2068${line}\u2069`;
}

/** Chart.js plugin: the interval of each bar as a line with two ends. */
const errorBars = {
    id: "errorBars",
    afterDatasetsDraw(chart, args, options) {
        const {ctx, scales} = chart;
        ctx.save();
        ctx.strokeStyle = options.color;
        ctx.lineWidth = 1.5;
        for (const meta of chart.getSortedVisibleDatasetMetas()) {
            const bounds = chart.data.datasets[meta.index].bounds;
            meta.data.forEach((bar, index) => {
                if (!bounds[index]) {
                    return;
                }
                const [low, high] = bounds[index].map((bound) =>
                    scales.x.getPixelForValue(bound)
                );
                const end = BAR / 4;
                ctx.beginPath();
                ctx.moveTo(low, bar.y);
                ctx.lineTo(high, bar.y);
                for (const x of [low, high]) {
                    ctx.moveTo(x, bar.y - end);
                    ctx.lineTo(x, bar.y + end);
                }
                ctx.stroke();
            });
        }
        ctx.restore();
    },
};

/** Chart.js plugin: the profile's average as a dashed line. */
const averageLine = {
    id: "averageLine",
    beforeDatasetsDraw(chart, args, options) {
        const {ctx, chartArea, scales} = chart;
        const x = scales.x.getPixelForValue(options.value);
        ctx.save();
        ctx.strokeStyle = options.color;
        ctx.setLineDash([5, 4]);
        ctx.beginPath();
        ctx.moveTo(x, chartArea.top);
        ctx.lineTo(x, chartArea.bottom);
        ctx.stroke();
        ctx.restore();
    },
};

/** Won rates of one profile's criteria, with their intervals. */
export class LiftChart extends Component {
    static template = "sales_nemo.LiftChart";
    static props = {profile: String, rows: Array};

    setup() {
        this.canvas = useRef("canvas");
        this.labels = useLabels("crm.qualification.answer", "state");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                const chart = new Chart(this.canvas.el, this.getConfig());
                return () => chart.destroy();
            },
            () => [JSON.stringify(this.props.rows)]
        );
    }

    get average() {
        return 100 * this.props.rows[0].profile_rate;
    }

    get aboutRates() {
        const {closed_count: closed, sample_min: least} = this.props.rows[0];
        return _t(
            "How often closed records were won, by the answer to each criterion. The dashed line is the average of all %(closed)s: %(average)s %. The thin lines are 95 % intervals (Wilson); rates of fewer than %(least)s records are left out, as are answers given after the closing. Criteria that a filter answers count as the records are today.",
            {
                closed: formatInteger(closed),
                average: formatFloat(this.average, {digits: [16, 1]}),
                least,
            }
        );
    }

    get states() {
        return STATES.filter(({key}) =>
            this.props.rows.some((row) => this.isTold(row, key))
        );
    }

    /** How many comparisons are told in the list. */
    get compared() {
        return this.props.rows.flatMap((row) =>
            DIFFERENCES.filter((keys) => keys.every((key) => this.isTold(row, key)))
        ).length;
    }

    get aboutDifferences() {
        const {compared} = this;
        const digits = [16, compared % BY_CHANCE ? 1 : 0];
        return _t(
            "Below, %(compared)s differences are compared: were there nothing behind any of them, about %(chance)s would be coloured all the same, by chance. What went with winning need not be why it was won.",
            {compared, chance: formatFloat(compared / BY_CHANCE, {digits})}
        );
    }

    get height() {
        const bars = Math.max(this.states.length, 1) * BAR + GAP;
        return this.props.rows.length * bars + FRAME;
    }

    get description() {
        return _t(
            "Won rates by criterion, with 95 % intervals. The list below has the same figures."
        );
    }

    isTold(row, key) {
        return row[`${key}_count`] >= row.sample_min;
    }

    getConfig() {
        // the theme's own text colour, light or dark, as rgb(…)
        const style = window.getComputedStyle(this.canvas.el);
        const text = style.color;
        const grid = text.replace("rgb(", "rgba(").replace(")", ", 0.15)");
        const length = window.innerWidth < SMALL_SCREEN ? NARROW : WIDE;
        const rtl = localization.direction === "rtl";
        const {rows} = this.props;
        const datasets = this.states.map(({key, color}) => ({
            label: this.labels[key],
            backgroundColor: style.getPropertyValue(color).trim(),
            borderColor: style.getPropertyValue(`${color}-border`).trim(),
            borderWidth: 1,
            barThickness: BAR - 3,
            data: rows.map((row) =>
                this.isTold(row, key) ? 100 * row[`${key}_rate`] : null
            ),
            bounds: rows.map(
                (row) =>
                    this.isTold(row, key) && [
                        100 * row[`${key}_low`],
                        100 * row[`${key}_high`],
                    ]
            ),
            texts: rows.map((row) => row[`${key}_text`]),
        }));
        return {
            type: "bar",
            data: {
                labels: rows.map(({name}) =>
                    wrap(name, length).map((line) => (rtl ? isolate(line) : line))
                ),
                datasets,
            },
            options: {
                indexAxis: "y",
                animation: false,
                maintainAspectRatio: false,
                scales: {
                    x: {
                        min: 0,
                        max: 100,
                        reverse: rtl,
                        grid: {color: grid},
                        ticks: {color: text, callback: (value) => `${value} %`},
                    },
                    y: {
                        position: rtl ? "right" : "left",
                        grid: {display: false},
                        ticks: {color: text, autoSkip: false},
                    },
                },
                plugins: {
                    legend: {rtl, labels: {color: text, boxWidth: 12}},
                    tooltip: {
                        rtl,
                        textDirection: localization.direction,
                        callbacks: {
                            title: ([item]) => rows[item.dataIndex].name,
                            label: (item) =>
                                `${item.dataset.label}: ${item.dataset.texts[item.dataIndex]}`,
                        },
                    },
                    averageLine: {value: this.average, color: text},
                    errorBars: {color: text},
                },
            },
            plugins: [averageLine, errorBars],
        };
    }
}

/**
 * The charts of all profiles in a list, one for each stage from which on they ask, as
 * only deals that came so far count; drawn from what the list has loaded.
 */
export class LiftCharts extends Component {
    static template = "sales_nemo.LiftCharts";
    static components = {LiftChart};
    static props = {list: Object};

    get records() {
        const {list} = this.props;
        return list.isGrouped
            ? list.groups.flatMap((group) => group.list.records || [])
            : list.records;
    }

    get profiles() {
        const profiles = new Map();
        for (const {data} of this.records) {
            const {profile_id: profile, stage_id: stage} = data;
            const id = `${profile.id},${stage?.id || 0}`;
            if (!profiles.has(id)) {
                const names = {
                    profile: profile.display_name,
                    stage: stage?.display_name,
                };
                const name = stage
                    ? _t("%(profile)s, asked from %(stage)s", names)
                    : names.profile;
                profiles.set(id, {id, name, rows: []});
            }
            profiles.get(id).rows.push({...data});
        }
        return [...profiles.values()];
    }
}

class LiftListController extends listView.Controller {
    static template = "sales_nemo.LiftListView";
    static components = {...listView.Controller.components, LiftCharts};

    setup() {
        super.setup();
        this.callAction = useCallAction();
    }

    /** Opens what the row counts: by the same filters. */
    async openRecord({resModel, resId}) {
        const {domain} = this.model.root;
        await this.callAction(resModel, "action_open_leads", [[resId], domain]);
    }
}

registry.category("views").add("qualification_lift_list", {
    ...listView,
    Controller: LiftListController,
});
