import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useCallAction} from "../call_action";

const SIDES = [
    {key: "won", isWon: true, label: _t("Won")},
    {key: "lost", isWon: false, label: _t("Lost")},
];
const RESULTS = [
    {key: "passed", label: _t("Passed")},
    {key: "blocked", label: _t("Blocked")},
    {key: "unknown", label: _t("Unknown")},
];

/** What a profile would have made of past deals; each number opens its deals. */
export class BacktestTable extends Component {
    static template = "sales_nemo.BacktestTable";
    static props = {...standardFieldProps};

    setup() {
        this.callAction = useCallAction();
        this.sides = SIDES;
        this.results = RESULTS;
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    get rows() {
        const {totals, checks} = this.value;
        return [{...totals, key: null, name: _t("All checks together")}, ...checks];
    }

    getTotal(side) {
        const numbers = Object.values(this.value.totals[side.key]);
        return numbers.reduce((sum, number) => sum + number, 0);
    }

    get isEmpty() {
        return SIDES.every((side) => !this.getTotal(side));
    }

    async onOpen(side, result = null, key = null) {
        const {record} = this.props;
        // the days in the dialog may have changed
        if (!(await record.save())) {
            return;
        }
        await this.callAction(record.resModel, "action_open_deals", [
            [record.resId],
            side.isWon,
            result,
            key,
        ]);
    }
}

registry.category("fields").add("qualification_backtest", {
    component: BacktestTable,
    supportedTypes: ["json"],
});
