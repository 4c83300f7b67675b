import {Component, onWillDestroy, onWillStart} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const SIDES = [
    {key: "before", label: _t("Before"), color: "bg-secondary"},
    {key: "after", label: _t("After"), color: "bg-primary"},
];
const RUNNING = ["waiting", "running"];
// Asked so often (ms) how far it is.
const POLL = 3000;

/** Weights before and after, and what history knows of each question. */
export class Proposal extends Component {
    static template = "sales_nemo.Proposal";
    static props = {...standardFieldProps};

    setup() {
        this.sides = SIDES;
        onWillStart(() => {
            this.timer = browser.setInterval(() => this.poll(), POLL);
        });
        onWillDestroy(() => browser.clearInterval(this.timer));
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    async poll() {
        const {record} = this.props;
        if (RUNNING.includes(record.data.state)) {
            await record.load();
        } else {
            browser.clearInterval(this.timer);
        }
    }

    get rows() {
        const {questions} = this.value;
        const totals = {};
        for (const side of ["before", "after"]) {
            totals[side] = questions.reduce((sum, one) => sum + one[side], 0) || 1;
        }
        const rows = questions.map((one, index) => ({
            index,
            name: one.name,
            before: Math.round((100 * one.before) / totals.before),
            after: Math.round((100 * one.after) / totals.after),
            known: this.describe(one.known),
            unknown: this.describe(one.unknown),
        }));
        return rows.sort((a, b) => b.after - a.after);
    }

    describe([count, won]) {
        const percent = Math.round((100 * won) / count);
        return count ? _t("%(percent)s % of %(count)s", {percent, count}) : "–";
    }

    get isLearnt() {
        return this.value.result === "learnt";
    }
}

registry.category("fields").add("qualification_proposal", {
    component: Proposal,
    supportedTypes: ["json"],
});
